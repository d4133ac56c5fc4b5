-- How long intervals are.
-- Grain: length. Time in seconds.
-- Values: first_day, last_day.
SELECT DISTINCT duration_seconds
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
ORDER BY duration_seconds

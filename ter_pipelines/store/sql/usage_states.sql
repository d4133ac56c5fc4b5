-- How much of all devices' time is in which state after VEE.
-- Grain: state. Time in seconds.
-- Values: first_day, last_day.
SELECT state, sum(duration_seconds)::BIGINT AS seconds
FROM core.validated_usage
WHERE operating_day BETWEEN $first_day AND $last_day
GROUP BY state

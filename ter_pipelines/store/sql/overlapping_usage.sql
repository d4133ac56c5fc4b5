-- Intervals that begin before the one before them has ended. There must be none.
-- Grain: device, interval. Values: first_day, last_day.
SELECT ven_id, device_id, interval_start_utc
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
QUALIFY interval_start_utc < lag(interval_start_utc + to_seconds(duration_seconds))
    OVER (PARTITION BY ven_id, device_id ORDER BY interval_start_utc)
ORDER BY ven_id, device_id, interval_start_utc

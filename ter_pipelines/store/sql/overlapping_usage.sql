-- Intervals that begin before the one before them has ended. There must be none.
-- A day at a time: an interval that reaches into the next day crosses an hour, is
-- SUSPECT for it and never counted.
-- Grain: device, direction, interval. Values: first_day, last_day.
SELECT ven_id, device_id, interval_start_utc
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
QUALIFY interval_start_utc < lag(interval_start_utc + to_seconds(duration_seconds))
    OVER (
        PARTITION BY operating_day, ven_id, device_id, direction
        ORDER BY interval_start_utc
    )
ORDER BY ven_id, device_id, interval_start_utc

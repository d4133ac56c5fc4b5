-- Channels' days with an interval that needs a closer look, whatever the others are.
-- One question after the other: what the files' statistics rule out is not even read.
-- Grain: operating day, meter, device, direction.
-- Values: first_day, last_day, least_kwh.
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND quality <> 'RAW'
UNION
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND quality IS NULL
UNION
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND marks <> ''
UNION
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND energy_kwh IS NULL
UNION
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND energy_kwh < 0 AND direction <> 'net'
UNION
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND energy_kwh < $least_kwh
UNION
SELECT operating_day, meter_id, ven_id, device_id, direction
FROM core.interval_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND duration_seconds NOT IN (720, 900, 1200, 1800, 3600)

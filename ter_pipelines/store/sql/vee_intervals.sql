-- The intervals that gaps are estimated from, by device, day and start; and all of the
-- days that the rules themselves must look at, whose start is empty in the list. Those
-- of other directions and VENs of the same device name come along.
-- Grain: operating day, meter, device, direction, interval. Energy in kWh.
-- Values: first_day, last_day, wanted_json.
WITH wanted AS (
    SELECT unnest(
        from_json(
            $wanted_json,
            '[{"device_id": "VARCHAR", "operating_day": "DATE", "start_us": "BIGINT"}]'
        ),
        recursive := true
    )
),
wanted_day AS (
    SELECT
        device_id,
        operating_day,
        list(start_us) AS starts_us,
        bool_or(start_us IS NULL) AS is_whole
    FROM wanted
    GROUP BY device_id, operating_day
)
SELECT
    u.operating_day,
    u.meter_id,
    u.ven_id,
    u.device_id,
    u.direction,
    u.interval_start_utc,
    u.duration_seconds,
    u.energy_kwh,
    u.quality,
    u.marks,
    u.version,
    u.received_at
FROM core.interval_usage AS u
JOIN wanted_day AS w
    ON w.device_id = u.device_id AND w.operating_day = u.operating_day
WHERE u.operating_day BETWEEN $first_day AND $last_day
    AND (w.is_whole OR list_contains(w.starts_us, epoch_us(u.interval_start_utc)))

-- The intervals that gaps are estimated from, by device, day and start; and all of the
-- days that the rules themselves must look at, whose start is empty in the list. Those
-- of other directions and VENs of the same device name come along.
-- The days are asked for first: they leave little to look at more closely.
-- Grain: operating day, meter, device, direction, interval. Energy in kWh.
-- Values: first_day, last_day, wanted_json.
WITH wanted AS MATERIALIZED (
    SELECT unnest(
        from_json(
            $wanted_json,
            '[{"device_id": "VARCHAR", "operating_day": "DATE", "start_us": "BIGINT"}]'
        ),
        recursive := true
    )
),
wanted_day AS (SELECT DISTINCT device_id, operating_day FROM wanted),
of_day AS (
    SELECT u.*
    FROM core.interval_usage AS u
    SEMI JOIN wanted_day AS d
        ON d.device_id = u.device_id AND d.operating_day = u.operating_day
    WHERE u.operating_day BETWEEN $first_day AND $last_day
)
SELECT
    o.operating_day,
    o.meter_id,
    o.ven_id,
    o.device_id,
    o.direction,
    o.interval_start_utc,
    o.duration_seconds,
    o.energy_kwh,
    o.quality,
    o.marks,
    o.version,
    o.received_at
FROM of_day AS o
WHERE (o.device_id, epoch_us(o.interval_start_utc)) IN (
        SELECT (device_id, start_us) FROM wanted WHERE start_us IS NOT NULL
    )
    OR (o.device_id, o.operating_day) IN (
        SELECT (device_id, operating_day) FROM wanted WHERE start_us IS NULL
    )

-- The intervals that gaps are estimated from, by device, day and start; those of other
-- directions and VENs with the same come along.
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
    o.meter_id,
    o.ven_id,
    o.device_id,
    o.direction,
    o.duration_seconds,
    epoch_us(o.interval_start_utc) AS start_us,
    o.energy_kwh,
    o.version
FROM of_day AS o
SEMI JOIN wanted AS w
    ON w.device_id = o.device_id AND w.start_us = epoch_us(o.interval_start_utc)

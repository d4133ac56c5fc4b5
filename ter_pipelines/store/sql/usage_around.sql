-- Usage that estimates may rest on: as sources told it, without what VEE estimated.
-- Grain: device, direction, interval. Energy in kWh.
-- Values: first_day, last_day, device_ids.
SELECT
    v.operating_day,
    v.meter_id,
    v.ven_id,
    v.device_id,
    v.direction,
    v.interval_start_utc,
    v.duration_seconds,
    v.energy_kwh,
    v.state,
    v.version,
    coalesce(u.marks, '') AS marks
FROM core.validated_usage AS v
LEFT JOIN core.interval_usage AS u
    ON u.operating_day = v.operating_day
    AND u.ven_id = v.ven_id
    AND u.device_id = v.device_id
    AND u.direction = v.direction
    AND u.interval_start_utc = v.interval_start_utc
    AND u.marks <> ''
WHERE v.operating_day BETWEEN $first_day AND $last_day
    AND v.device_id IN (SELECT unnest($device_ids))
    AND v.state <> 'MISSING'
    AND (v.state <> 'ESTIMATED' OR v.method = 'source')
ORDER BY ALL

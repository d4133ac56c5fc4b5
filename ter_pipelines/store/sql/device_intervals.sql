-- A device's intervals of a day after VEE, each with where its value came from.
-- Grain: direction, interval. Energy in kWh.
-- Values: operating_day, wanted_ven_text, wanted_device_text.
SELECT
    checked.meter_id,
    checked.direction,
    checked.interval_start_utc,
    checked.duration_seconds,
    checked.energy_kwh,
    checked.state,
    checked.rules_failed,
    checked.method,
    checked.version,
    told.source,
    told.source_reference,
    told.received_at
FROM core.validated_usage AS checked
LEFT JOIN core.interval_usage AS told
    ON told.operating_day = $operating_day
    AND told.ven_id = checked.ven_id
    AND told.device_id = checked.device_id
    AND told.direction = checked.direction
    AND told.interval_start_utc = checked.interval_start_utc
    AND told.duration_seconds = checked.duration_seconds
WHERE checked.operating_day = $operating_day
    AND checked.ven_id = $wanted_ven_text
    AND checked.device_id = $wanted_device_text
ORDER BY checked.direction, checked.interval_start_utc, checked.meter_id

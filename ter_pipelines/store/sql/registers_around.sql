-- Dial readings that bracket gaps.
-- Grain: device, direction, instant. Energy in kWh.
-- Values: first_day, last_day, device_ids.
SELECT
    meter_id, ven_id, device_id, direction, read_at, reading_kwh, step_kwh, event
FROM core.register_reading
WHERE operating_day BETWEEN $first_day AND $last_day
    AND device_id IN (SELECT unnest($device_ids))
ORDER BY ALL

-- Settled hours of a range of days and of meters, in the order of a CMEP file.
-- Grain: meter, hour. Energy in kWh.
-- Values: first_day, last_day, first_meter, last_meter.
SELECT
    meter_id,
    interval_start_utc,
    import_kwh,
    export_kwh,
    heard_seconds,
    missing_seconds,
    quality
FROM core.settled_hour
WHERE operating_day BETWEEN $first_day AND $last_day
    AND meter_id BETWEEN $first_meter AND $last_meter
ORDER BY meter_id, interval_start_utc

-- Register readings at the start of a day: all energy settled before it.
-- Grain: meter. Energy in kWh. Values: first_day.
SELECT
    meter_id,
    sum(import_kwh)::DECIMAL(38, 6) AS import_kwh,
    sum(export_kwh)::DECIMAL(38, 6) AS export_kwh
FROM core.settled_hour
WHERE operating_day < $first_day
GROUP BY meter_id
ORDER BY meter_id

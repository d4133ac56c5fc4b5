-- The meters that a month may be about: mapped ever, or with settled hours.
-- Grain: meter. Values: first_day, last_day.
SELECT meter_id FROM core.meter_mapping
UNION
SELECT meter_id FROM core.settled_hour
WHERE operating_day BETWEEN $first_day AND $last_day
ORDER BY meter_id

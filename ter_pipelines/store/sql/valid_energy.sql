-- Validated energy, day by day: what the settled hours must add up to.
-- Grain: operating day. Energy in kWh. Values: first_day, last_day.
SELECT
    operating_day,
    sum(CASE WHEN state = 'VALID' THEN energy_kwh ELSE 0 END)::DECIMAL(38, 6) AS kwh
FROM core.validated_usage
WHERE operating_day BETWEEN $first_day AND $last_day
GROUP BY operating_day
ORDER BY operating_day

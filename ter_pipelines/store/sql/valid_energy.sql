-- Billed energy, day by day: what the settled hours must add up to, import less export.
-- Grain: operating day. Energy in kWh. Values: first_day, last_day.
SELECT
    operating_day,
    sum(CASE WHEN direction = 'received' THEN -energy_kwh ELSE energy_kwh END)
        ::DECIMAL(38, 6) AS kwh
FROM core.validated_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND state IN ('VALID', 'ESTIMATED', 'ADJUSTED')
GROUP BY operating_day
ORDER BY operating_day

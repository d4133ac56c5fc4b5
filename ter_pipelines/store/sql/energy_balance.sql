-- Validated against settled energy, day by day: the two must be equal.
-- Grain: operating day. Energy in kWh. Values: first_day, last_day.
-- Only days that were settled at all are compared; the others are unpriced.
WITH validated AS (
    SELECT operating_day, sum(energy_kwh) AS kwh
    FROM core.validated_usage
    WHERE state = 'VALID' AND operating_day BETWEEN $first_day AND $last_day
    GROUP BY operating_day
),
settled AS (
    SELECT operating_day, sum(import_kwh) - sum(export_kwh) AS kwh
    FROM core.settled_hour
    WHERE operating_day BETWEEN $first_day AND $last_day
    GROUP BY operating_day
)
SELECT
    s.operating_day,
    coalesce(v.kwh, 0)::DECIMAL(38, 6) AS validated_kwh,
    s.kwh::DECIMAL(38, 6) AS settled_kwh
FROM settled AS s
LEFT JOIN validated AS v USING (operating_day)
ORDER BY s.operating_day

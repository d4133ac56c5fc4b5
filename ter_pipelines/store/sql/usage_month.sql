-- A meter's month straight from its validated usage and the hours' prices.
-- Grain: meter. Energy in kWh, amounts in currency, exact, as monthly_settlement.sql has
-- them of the settled hours in between: the one is checked against the other. Days
-- without settled hours are held back and do not count here either.
-- Added up are all energy, and what of it is below zero; the difference is what was
-- taken. So most rows are multiplied once.
-- Meters are those between two names, the first of which is not one of them.
-- Values: first_day, last_day, after_meter, last_meter.
WITH prices AS (
    SELECT
        operating_day,
        epoch(interval_start_utc)::BIGINT // 3600 AS hour,
        price_per_kwh
    FROM core.price_curve
    WHERE operating_day IN (
        SELECT operating_day
        FROM core.settled_hour
        WHERE operating_day BETWEEN $first_day AND $last_day
    )
),
usage AS (
    SELECT
        operating_day,
        meter_id,
        epoch_us(interval_start_utc) // 3600000000 AS hour,
        CASE WHEN direction = 'received' THEN -energy_kwh ELSE energy_kwh END AS kwh
    FROM core.validated_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND meter_id > $after_meter AND meter_id <= $last_meter
        AND state IN ('VALID', 'ESTIMATED', 'ADJUSTED')
),
sums AS (
    SELECT
        u.meter_id,
        sum(u.kwh) AS net_kwh,
        sum(CASE WHEN u.kwh < 0 THEN u.kwh END) AS given_kwh,
        sum(u.kwh::DECIMAL(38, 6) * p.price_per_kwh) AS net_amount,
        sum(CASE WHEN u.kwh < 0 THEN u.kwh::DECIMAL(38, 6) * p.price_per_kwh END)
            AS given_amount
    FROM usage AS u
    JOIN prices AS p USING (operating_day, hour)
    GROUP BY u.meter_id
)
SELECT
    meter_id,
    net_kwh - coalesce(given_kwh, 0) AS import_kwh,
    -coalesce(given_kwh, 0) AS export_kwh,
    net_amount - coalesce(given_amount, 0) AS import_amount,
    coalesce(given_amount, 0) AS export_amount
FROM sums
ORDER BY meter_id

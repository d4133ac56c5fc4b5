-- What a meter's month comes to under a rate that bills more than the hour's price.
-- Grain: meter. Energy in kWh, amounts in currency, exact, before losses.
-- Import and export are as metered, or set off within each hour. A kWh costs the hour's
-- price times a factor plus an adder, within floor and cap, or a fixed price. In most
-- hours nothing is given, and then nothing is multiplied.
-- Meters are those between two names, the first of which is not one of them.
-- statement_hour.sql says the same of each hour.
-- Values: first_day, last_day, after_meter, last_meter, netting, import_factor,
-- import_adder, import_floor, import_cap, import_fixed, export_factor, export_adder,
-- export_floor, export_cap, export_fixed.
WITH netted AS (
    SELECT
        meter_id,
        price_per_kwh,
        CASE WHEN $netting = 'hour' THEN greatest(import_kwh - export_kwh, 0)
            ELSE import_kwh END AS taken_kwh,
        CASE WHEN $netting = 'hour' THEN greatest(export_kwh - import_kwh, 0)
            ELSE export_kwh END AS given_kwh
    FROM core.settled_hour
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND meter_id > $after_meter AND meter_id <= $last_meter
)
SELECT
    meter_id,
    sum(taken_kwh) AS import_kwh,
    sum(given_kwh) AS export_kwh,
    sum(taken_kwh::DECIMAL(38, 6) * least(greatest(coalesce(
        $import_fixed::DECIMAL(18, 8),
        price_per_kwh::DECIMAL(38, 8) * $import_factor::DECIMAL(18, 8)
            + $import_adder::DECIMAL(18, 8)
    ), $import_floor::DECIMAL(18, 8)), $import_cap::DECIMAL(18, 8))) AS import_amount,
    -coalesce(sum(CASE WHEN given_kwh <> 0 THEN
        given_kwh::DECIMAL(38, 6) * least(greatest(coalesce(
            $export_fixed::DECIMAL(18, 8),
            price_per_kwh::DECIMAL(38, 8) * $export_factor::DECIMAL(18, 8)
                + $export_adder::DECIMAL(18, 8)
        ), $export_floor::DECIMAL(18, 8)), $export_cap::DECIMAL(18, 8))
    END), 0) AS export_amount
FROM netted
GROUP BY meter_id

-- The hours of meters in a month as a rate bills them.
-- Grain: meter, hour. Energy in kWh, amounts in currency, with losses. Amounts are
-- exact to 14 places; what is cut off shows nowhere but here, for lines are made from
-- the month. rated_month.sql says the same of the month.
-- Values: first_day, last_day, meter_ids, netting, import_factor, import_adder, import_floor,
-- import_cap, import_fixed, export_factor, export_adder, export_floor, export_cap,
-- export_fixed, import_loss_factor, export_loss_factor, import_quantity_factor,
-- export_quantity_factor.
WITH netted AS (
    SELECT
        *,
        CASE WHEN $netting = 'hour' THEN greatest(import_kwh - export_kwh, 0)
            ELSE import_kwh END::DECIMAL(38, 6) AS taken_kwh,
        CASE WHEN $netting = 'hour' THEN greatest(export_kwh - import_kwh, 0)
            ELSE export_kwh END::DECIMAL(38, 6) AS given_kwh
    FROM core.settled_hour
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND meter_id IN (SELECT unnest($meter_ids::VARCHAR[]))
),
priced AS (
    SELECT
        *,
        least(greatest(coalesce(
            $import_fixed::DECIMAL(18, 8),
            price_per_kwh::DECIMAL(38, 8) * $import_factor::DECIMAL(18, 8)
                + $import_adder::DECIMAL(18, 8)
        ), $import_floor::DECIMAL(18, 8)), $import_cap::DECIMAL(18, 8)) AS import_price,
        least(greatest(coalesce(
            $export_fixed::DECIMAL(18, 8),
            price_per_kwh::DECIMAL(38, 8) * $export_factor::DECIMAL(18, 8)
                + $export_adder::DECIMAL(18, 8)
        ), $export_floor::DECIMAL(18, 8)), $export_cap::DECIMAL(18, 8)) AS export_price
    FROM netted
)
SELECT
    meter_id,
    interval_start_utc,
    duration_seconds,
    (taken_kwh * $import_quantity_factor::DECIMAL(18, 8))::DECIMAL(18, 6)
        AS import_kwh,
    (given_kwh * $export_quantity_factor::DECIMAL(18, 8))::DECIMAL(18, 6)
        AS export_kwh,
    price_per_kwh,
    (taken_kwh * import_price * $import_loss_factor::DECIMAL(18, 8))::DECIMAL(38, 14)
        AS import_amount,
    (-given_kwh * export_price * $export_loss_factor::DECIMAL(18, 8))::DECIMAL(38, 14)
        AS export_amount,
    price_submission_id,
    usage_version,
    quality,
    heard_seconds,
    missing_seconds
FROM priced
ORDER BY meter_id, interval_start_utc

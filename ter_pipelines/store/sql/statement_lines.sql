-- Lines of every version of a meter's statement of a month.
-- Grain: version, line. Energy in kWh, amounts in the currency.
-- Values: wanted_meter, billing_month.
SELECT *
FROM out.statement
WHERE billing_month = $billing_month AND meter_id = $wanted_meter
ORDER BY version, line_number

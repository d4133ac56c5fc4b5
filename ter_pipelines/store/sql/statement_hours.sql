-- Hours that every version of a meter's statement of a month was made of.
-- Grain: version, hour. Energy in kWh, prices per kWh, amounts in the currency.
-- Values: wanted_meter, billing_month.
SELECT *
FROM out.statement_hour
WHERE billing_month = $billing_month AND meter_id = $wanted_meter
ORDER BY version, interval_start_utc

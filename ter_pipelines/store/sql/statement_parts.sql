-- What the components of the prices came to on a meter's statements of a month.
-- Grain: meter, version, line, component. Values: wanted_meter, billing_month.
SELECT *
FROM out.statement_component
WHERE billing_month = $billing_month
    AND meter_id = $wanted_meter
ORDER BY version, line_code, component

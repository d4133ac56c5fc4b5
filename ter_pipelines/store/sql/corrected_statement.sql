-- Lines of every statement of the meters that have a corrected month before this one.
-- Grain: meter, month, version, line. What they still owe is made of these lines, and of
-- those that said it already. Values: billing_month.
SELECT
    s.meter_id,
    s.billing_month,
    s.version,
    s.line_code,
    s.amount,
    s.currency
FROM out.statement AS s
WHERE s.meter_id IN (
    SELECT c.meter_id
    FROM out.statement AS c
    WHERE c.version > 1 AND c.billing_month < $billing_month
)
ORDER BY s.meter_id, s.billing_month, s.version, s.line_number

-- Of which statements of a month the hours are kept already.
-- Grain: meter, version, hash of the inputs. Values: billing_month.
SELECT DISTINCT meter_id, version, inputs_sha256
FROM out.statement_hour
WHERE billing_month = $billing_month

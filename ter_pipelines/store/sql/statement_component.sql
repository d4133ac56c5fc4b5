-- What the hours of a month's statements come to by component of their prices.
-- Grain: meter, version, inputs, component. Amounts in currency, exact; a credit is
-- negative. An hour's price is that of one submission, and so are its components.
-- Only statements that have no components yet, of hours that are named by a line.
-- Values: billing_month, first_day, last_day.
WITH hours AS (
    SELECT h.*
    FROM out.statement_hour AS h
    SEMI JOIN (
        SELECT meter_id, version, inputs_sha256
        FROM out.statement
        WHERE billing_month = $billing_month
    ) AS s USING (meter_id, version, inputs_sha256)
    ANTI JOIN (
        SELECT meter_id, version, inputs_sha256
        FROM out.statement_component
        WHERE billing_month = $billing_month
    ) AS c USING (meter_id, version, inputs_sha256)
    WHERE h.billing_month = $billing_month
),
components AS (
    SELECT submission_id, interval_start_utc, component, price_per_kwh
    FROM raw.price_component
    WHERE operating_day BETWEEN $first_day AND $last_day
)
SELECT
    h.meter_id,
    h.version,
    h.inputs_sha256,
    p.component,
    sum(h.import_kwh::DECIMAL(38, 6) * p.price_per_kwh) AS import_amount,
    -sum(h.export_kwh::DECIMAL(38, 6) * p.price_per_kwh) AS export_amount
FROM hours AS h
JOIN components AS p
    ON p.submission_id = h.price_submission_id
    AND p.interval_start_utc = h.interval_start_utc
GROUP BY h.meter_id, h.version, h.inputs_sha256, p.component
ORDER BY h.meter_id, h.version, h.inputs_sha256, p.component

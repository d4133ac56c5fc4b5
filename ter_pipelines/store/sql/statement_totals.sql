-- Total of the newest version of statements, the newest month first, and what was
-- asked for: the total of the first version, with what it says of months before.
-- Grain: month, meter. Amounts in the currency; `statements` counts all there are.
-- Values: first_month, last_month, wanted_text, is_any_meter_flag, wanted_meter_ids,
-- page_size_count, skipped_count.
SELECT
    billing_month,
    meter_id,
    max(version) AS version,
    arg_max(label, version) AS label,
    arg_max(amount, version) AS amount,
    arg_min(amount, version) AS asked,
    arg_max(currency, version) AS currency,
    arg_max(state, version) AS state,
    arg_max(missing_seconds, version) AS missing_seconds,
    arg_max(issued_at, version) AS issued_at,
    count(*) OVER () AS statements,
    sum(arg_min(amount, version)) OVER () AS asked_of_all
FROM out.statement
WHERE billing_month BETWEEN $first_month AND $last_month
    AND line_code = 'total'
    AND ($is_any_meter_flag OR meter_id IN (SELECT unnest($wanted_meter_ids::VARCHAR [])))
    AND contains(lower(meter_id), lower($wanted_text))
GROUP BY billing_month, meter_id
ORDER BY billing_month DESC, meter_id
LIMIT $page_size_count OFFSET $skipped_count

-- How some VENs took part in a few days, as the newest look of each day has it.
-- Grain: VEN, operating day.
-- Values: first_day, last_day, wanted_ven_ids.
SELECT
    ven_id,
    operating_day,
    arg_max(is_enabled, seen_at) AS is_enabled,
    arg_max_null(event_id, seen_at) AS event_id,
    arg_max_null(delivered_at, seen_at) AS delivered_at,
    arg_max(is_answered, seen_at) AS is_answered,
    arg_max_null(opt, seen_at) AS opt
FROM out.ven_participation
WHERE operating_day BETWEEN $first_day AND $last_day
    AND ven_id IN (SELECT unnest($wanted_ven_ids::VARCHAR[]))
GROUP BY ven_id, operating_day

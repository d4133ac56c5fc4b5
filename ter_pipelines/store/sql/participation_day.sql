-- How VENs took part in a day, as the newest look has it; who is in trouble comes first.
-- Only VENs whose name has the text in it, and a page of these; `vens` and the `all_`
-- columns count them all.
-- Grain: VEN.
-- Values: operating_day, wanted_text, page_size_count, skipped_count.
WITH newest AS MATERIALIZED (
    SELECT *
    FROM out.ven_participation
    WHERE operating_day = $operating_day
        AND contains(lower(ven_id), lower($wanted_text))
    QUALIFY row_number() OVER (PARTITION BY ven_id ORDER BY seen_at DESC) = 1
),
together AS (
    SELECT
        count(*) AS vens,
        count(*) FILTER (is_enabled AND event_id IS NOT NULL) AS all_addressed,
        count(*) FILTER (is_enabled AND delivered_at IS NOT NULL) AS all_told,
        count(*) FILTER (is_enabled AND is_answered AND opt = 'optIn') AS all_opted_in,
        count(*) FILTER (is_enabled AND is_answered AND opt = 'optOut') AS all_opted_out,
        count(*) FILTER (is_enabled AND silent_since IS NOT NULL) AS all_silent,
        max(seen_at) AS all_seen_at
    FROM newest
)
SELECT newest.*, together.*
FROM newest
CROSS JOIN together
ORDER BY
    CASE
        WHEN NOT is_enabled THEN 5
        WHEN event_id IS NOT NULL AND delivered_at IS NULL THEN 0
        WHEN silent_since IS NOT NULL THEN 1
        WHEN event_id IS NOT NULL AND NOT is_answered THEN 2
        WHEN opt = 'optOut' THEN 3
        ELSE 4
    END,
    ven_id
LIMIT $page_size_count::BIGINT OFFSET $skipped_count::BIGINT

-- Devices that were mapped in a period, those that lack most usage first, or by name.
-- Only those whose meter, VEN or own name has the text in it, and a page of these;
-- `devices` counts them all. Nearly all intervals are VALID, and none of these is looked at.
-- Grain: device. Time in seconds.
-- Values: first_day, last_day, begin_utc, end_utc, wanted_text, is_by_name_flag,
-- page_size_count, skipped_count.
WITH lacking AS (
    SELECT ven_id, device_id, sum(duration_seconds) AS lacking_seconds
    FROM core.validated_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND state IN ('MISSING', 'SUSPECT')
    GROUP BY ven_id, device_id
),
device AS (
    SELECT
        ven_id,
        device_id,
        string_agg(DISTINCT meter_id, ', ' ORDER BY meter_id) AS meter_ids
    FROM core.meter_mapping
    WHERE valid_from < $end_utc AND coalesce(valid_to > $begin_utc, TRUE)
    GROUP BY ven_id, device_id
    HAVING contains(
        lower(meter_ids || ' ' || ven_id || ' ' || device_id), lower($wanted_text)
    )
)
SELECT
    ven_id,
    device_id,
    meter_ids,
    coalesce(lacking_seconds, 0)::BIGINT AS lacking_seconds,
    count(*) OVER () AS devices
FROM device
LEFT JOIN lacking USING (ven_id, device_id)
ORDER BY
    CASE WHEN $is_by_name_flag THEN 0 ELSE -coalesce(lacking_seconds, 0) END,
    ven_id,
    device_id
LIMIT $page_size_count::BIGINT OFFSET $skipped_count::BIGINT

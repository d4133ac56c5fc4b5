-- How complete devices' days are after VEE, those that lack most first, or by name.
-- A page of the devices that were mapped in the period and whose meter, VEN or own name
-- has the text in it; `devices` counts them all. Intervals that are VALID are only added
-- up for the page, for they are nearly all there are.
-- Grain: device, operating day; a device without usage has one row without a day. Time in
-- seconds; a device that measures in two directions has twice the time.
-- Values: first_day, last_day, begin_utc, end_utc, wanted_text, is_by_name_flag,
-- page_size_count, skipped_count.
WITH spoiled AS (
    SELECT
        ven_id,
        device_id,
        operating_day,
        sum(CASE WHEN state IN ('MISSING', 'SUSPECT') THEN duration_seconds ELSE 0 END)
            AS unbilled_seconds,
        sum(CASE WHEN state IN ('MISSING', 'SUSPECT') THEN 0 ELSE duration_seconds END)
            AS changed_seconds
    FROM core.validated_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND state <> 'VALID'
    GROUP BY ven_id, device_id, operating_day
),
lacking AS (
    SELECT ven_id, device_id, sum(unbilled_seconds) AS lacking_seconds
    FROM spoiled
    GROUP BY ven_id, device_id
),
device AS (
    SELECT
        ven_id,
        device_id,
        string_agg(DISTINCT meter_id, ' ' ORDER BY meter_id) AS meter_ids
    FROM core.meter_mapping
    WHERE valid_from < $end_utc AND coalesce(valid_to > $begin_utc, TRUE)
    GROUP BY ven_id, device_id
    HAVING contains(
        lower(meter_ids || ' ' || ven_id || ' ' || device_id), lower($wanted_text)
    )
),
of_page AS MATERIALIZED (
    SELECT
        *,
        row_number() OVER (
            ORDER BY
                CASE WHEN $is_by_name_flag THEN 0
                    ELSE -coalesce(lacking_seconds, 0) END,
                ven_id,
                device_id
        ) AS place,
        count(*) OVER () AS devices
    FROM device
    LEFT JOIN lacking USING (ven_id, device_id)
    ORDER BY place
    LIMIT $page_size_count::BIGINT OFFSET $skipped_count::BIGINT
),
whole AS (
    SELECT ven_id, device_id, operating_day, sum(duration_seconds) AS seconds
    FROM core.validated_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND ven_id IN (SELECT ven_id FROM of_page)
        AND device_id IN (SELECT device_id FROM of_page)
    GROUP BY ven_id, device_id, operating_day
)
SELECT
    of_page.ven_id,
    of_page.device_id,
    of_page.meter_ids,
    of_page.devices,
    whole.operating_day,
    whole.seconds::BIGINT AS seconds,
    coalesce(spoiled.unbilled_seconds, 0)::BIGINT AS unbilled_seconds,
    coalesce(spoiled.changed_seconds, 0)::BIGINT AS changed_seconds
FROM of_page
LEFT JOIN whole USING (ven_id, device_id)
LEFT JOIN spoiled USING (ven_id, device_id, operating_day)
ORDER BY of_page.place, whole.operating_day

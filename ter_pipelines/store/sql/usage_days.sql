-- How complete the days of some devices are after VEE.
-- Grain: device, operating day. Time in seconds; a device that measures in two directions
-- has twice the time.
-- Values: first_day, last_day, wanted_ven_ids, wanted_device_ids.
SELECT
    ven_id,
    device_id,
    operating_day,
    sum(duration_seconds)::BIGINT AS seconds,
    sum(CASE WHEN state IN ('MISSING', 'SUSPECT') THEN duration_seconds ELSE 0 END)::BIGINT
        AS unbilled_seconds,
    sum(CASE WHEN state IN ('ESTIMATED', 'ADJUSTED') THEN duration_seconds ELSE 0 END)::BIGINT
        AS changed_seconds
FROM core.validated_usage
WHERE operating_day BETWEEN $first_day AND $last_day
    AND ven_id IN (SELECT unnest($wanted_ven_ids::VARCHAR[]))
    AND device_id IN (SELECT unnest($wanted_device_ids::VARCHAR[]))
GROUP BY ven_id, device_id, operating_day
ORDER BY ven_id, device_id, operating_day

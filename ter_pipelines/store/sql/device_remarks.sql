-- What else is known of a device's day: values that could not be used, and changes.
-- Grain: a value in quarantine, or a change of an interval.
-- Values: operating_day, wanted_ven_text, wanted_device_text.
SELECT
    'unused' AS kind,
    interval_start_text AS about,
    value_text AS said,
    reason,
    explanation,
    source AS by_whom,
    received_at AS noted_at
FROM core.quarantined_usage
WHERE operating_day = $operating_day
    AND ven_id = $wanted_ven_text
    AND device_id = $wanted_device_text
UNION ALL
SELECT
    'changed' AS kind,
    strftime(interval_start_utc AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS about,
    coalesce(energy_before_kwh::VARCHAR, '') || ' > '
        || coalesce(energy_after_kwh::VARCHAR, '') AS said,
    rule AS reason,
    reason AS explanation,
    changed_by AS by_whom,
    changed_at AS noted_at
FROM core.usage_change
WHERE operating_day = $operating_day
    AND ven_id = $wanted_ven_text
    AND device_id = $wanted_device_text
ORDER BY kind, about, noted_at

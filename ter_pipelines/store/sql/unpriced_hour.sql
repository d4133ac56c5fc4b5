-- Hours that metered devices lived through and that have no price.
-- Grain: operating day, hour. Values: first_day, last_day.
SELECT
    u.operating_day,
    date_trunc('hour', u.interval_start_utc) AS interval_start_utc,
    count(DISTINCT u.meter_id) AS meters
FROM core.validated_usage AS u
LEFT JOIN core.price_curve AS p
    ON p.operating_day = u.operating_day
    AND epoch(p.interval_start_utc)::BIGINT // 3600
        = epoch(u.interval_start_utc)::BIGINT // 3600
WHERE u.operating_day BETWEEN $first_day AND $last_day
    AND p.interval_start_utc IS NULL
GROUP BY ALL
ORDER BY ALL

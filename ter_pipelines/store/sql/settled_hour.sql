-- Settled hours of a range of operating days: energy times the hour's price, exact.
-- Grain: operating day, meter, priced interval. Energy in kWh, amounts in currency.
-- Usage as fine as the price or finer falls whole into one priced interval; usage
-- that is MISSING or SUSPECT is not billed. What a meter received of a device is its
-- export, and so is net usage below zero. Intervals without a price are not here:
-- unpriced_hour.sql names them. Quality is the worst of what is billed: E estimated,
-- A adjusted, empty neither.
-- One factor is cast wide, or the product of two DECIMAL(18) overflows.
-- Values: first_day, last_day.
WITH usage AS (
    SELECT
        *,
        state IN ('VALID', 'ESTIMATED', 'ADJUSTED') AS is_billed,
        CASE
            WHEN NOT is_billed THEN 0
            WHEN direction = 'received' THEN -energy_kwh
            ELSE energy_kwh
        END AS net_kwh
    FROM core.validated_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
)
SELECT
    u.operating_day,
    u.meter_id,
    p.interval_start_utc,
    p.duration_seconds,
    sum(CASE WHEN u.net_kwh > 0 THEN u.net_kwh ELSE 0 END) AS import_kwh,
    sum(CASE WHEN u.net_kwh < 0 THEN -u.net_kwh ELSE 0 END) AS export_kwh,
    any_value(p.price_per_kwh) AS price_per_kwh,
    import_kwh::DECIMAL(38, 6) * any_value(p.price_per_kwh) AS import_amount,
    -export_kwh::DECIMAL(38, 6) * any_value(p.price_per_kwh) AS export_amount,
    any_value(p.currency) AS currency,
    any_value(p.submission_id) AS price_submission_id,
    max(u.version) AS usage_version,
    CASE
        WHEN bool_or(u.state = 'ESTIMATED') THEN 'E'
        WHEN bool_or(u.state = 'ADJUSTED') THEN 'A'
        ELSE ''
    END AS quality,
    sum(CASE WHEN u.is_billed THEN u.duration_seconds ELSE 0 END)::INTEGER
        AS heard_seconds,
    sum(CASE WHEN u.is_billed THEN 0 ELSE u.duration_seconds END)::INTEGER
        AS missing_seconds
FROM usage AS u
JOIN core.price_curve AS p
    ON p.operating_day = u.operating_day
    AND epoch(p.interval_start_utc)::BIGINT // 3600
        = epoch(u.interval_start_utc)::BIGINT // 3600
WHERE p.operating_day BETWEEN $first_day AND $last_day
GROUP BY u.operating_day, u.meter_id, p.interval_start_utc, p.duration_seconds

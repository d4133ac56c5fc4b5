-- A meter's month from its settled hours, and how complete it is.
-- Grain: meter. Energy in kWh, amounts in currency, time in seconds of metered life.
-- A meter is expected to be heard for all the time that a device is mapped to it, on
-- each day once for each direction that the device measures on it, and heard for no more
-- than that: an interval reaches at most to the mapping's end. A mapping that does not
-- say since when (instant 0) counts from the first time the device was ever heard. Those
-- times are listed as `served`: whose days they are is a matter of the zone.
-- Usage is added up by channel and day in one pass. Only where a mapping begins or ends
-- within a channel's day are its intervals looked at one by one.
-- Meters are those between two names, the first of which is not one of them.
-- Values: month_start_utc, month_end_utc, first_day, last_day, after_meter, last_meter.
WITH mapping AS (
    SELECT *
    FROM core.meter_mapping
    WHERE meter_id > $after_meter AND meter_id <= $last_meter
),
first_heard AS (
    SELECT u.ven_id, u.device_id, min(u.interval_start_utc) AS first_utc
    FROM core.interval_usage AS u
    SEMI JOIN (FROM mapping WHERE epoch(valid_from) = 0) AS m USING (ven_id, device_id)
    WHERE u.operating_day <= $last_day
    GROUP BY ALL
),
mapped AS MATERIALIZED (
    SELECT
        m.meter_id,
        m.ven_id,
        m.device_id,
        greatest($month_start_utc, CASE WHEN epoch(m.valid_from) = 0
            THEN coalesce(f.first_utc, $month_end_utc) ELSE m.valid_from END)
            AS since_utc,
        least($month_end_utc, coalesce(m.valid_to, $month_end_utc)) AS until_utc
    FROM mapping AS m
    LEFT JOIN first_heard AS f USING (ven_id, device_id)
    WHERE m.valid_from < $month_end_utc
        AND (m.valid_to IS NULL OR m.valid_to > $month_start_utc)
),
hours AS NOT MATERIALIZED (
    SELECT *
    FROM core.settled_hour
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND meter_id > $after_meter AND meter_id <= $last_meter
),
settled_hours AS MATERIALIZED (
    SELECT DISTINCT operating_day, epoch_us(interval_start_utc) // 3600000000 AS hour
    FROM hours
),
usage AS NOT MATERIALIZED (
    SELECT
        u.*,
        u.state IN ('VALID', 'ESTIMATED', 'ADJUSTED') AS is_billed,
        h.hour IS NOT NULL AND is_billed AS is_settled,
        is_settled AND u.state = 'ESTIMATED' AS is_estimated
    FROM core.validated_usage AS u
    LEFT JOIN settled_hours AS h
        ON h.operating_day = u.operating_day
        AND h.hour = epoch_us(u.interval_start_utc) // 3600000000
    WHERE u.operating_day BETWEEN $first_day AND $last_day
        AND u.meter_id > $after_meter AND u.meter_id <= $last_meter
),
channel_days AS MATERIALIZED (
    SELECT
        meter_id,
        ven_id,
        device_id,
        direction,
        operating_day,
        min(interval_start_utc) AS first_utc,
        max(epoch_us(interval_start_utc) + duration_seconds::BIGINT * 1000000) AS last_us,
        sum(duration_seconds) AS seconds,
        sum(CASE WHEN is_billed THEN duration_seconds ELSE 0 END) AS valid_seconds,
        sum(CASE WHEN is_settled THEN duration_seconds ELSE 0 END) AS settled_seconds,
        sum(CASE WHEN is_estimated THEN duration_seconds ELSE 0 END)
            AS estimated_seconds
    FROM usage
    GROUP BY ALL
),
whole_days AS MATERIALIZED (
    SELECT d.*, m.since_utc
    FROM channel_days AS d
    JOIN mapped AS m USING (meter_id, ven_id, device_id)
    WHERE m.since_utc <= d.first_utc AND d.last_us <= epoch_us(m.until_utc)
),
cut_days AS MATERIALIZED (
    SELECT d.meter_id, d.ven_id, d.device_id, d.direction, d.operating_day
    FROM channel_days AS d
    ANTI JOIN whole_days AS w
        USING (meter_id, ven_id, device_id, direction, operating_day)
),
cut_usage AS MATERIALIZED (
    SELECT u.*
    FROM usage AS u
    SEMI JOIN cut_days AS d
        USING (meter_id, ven_id, device_id, direction, operating_day)
),
directions AS (
    SELECT meter_id, ven_id, device_id, since_utc, operating_day, seconds
    FROM whole_days
    UNION ALL
    SELECT
        m.meter_id,
        m.ven_id,
        m.device_id,
        m.since_utc,
        u.operating_day,
        sum(
            least(epoch(m.until_utc)::BIGINT,
                epoch(u.interval_start_utc)::BIGINT + u.duration_seconds)
            - greatest(epoch(m.since_utc)::BIGINT, epoch(u.interval_start_utc)::BIGINT)
        ) AS seconds
    FROM mapped AS m
    JOIN cut_usage AS u
        ON u.meter_id = m.meter_id
        AND u.ven_id = m.ven_id
        AND u.device_id = m.device_id
        AND epoch(u.interval_start_utc)::BIGINT < epoch(m.until_utc)::BIGINT
        AND epoch(u.interval_start_utc)::BIGINT + u.duration_seconds
            > epoch(m.since_utc)::BIGINT
    GROUP BY m.meter_id, m.ven_id, m.device_id, m.since_utc, u.operating_day, u.direction
),
further_directions AS (
    SELECT meter_id, sum(seconds) AS seconds
    FROM (
        SELECT meter_id, sum(seconds) - max(seconds) AS seconds
        FROM directions
        GROUP BY meter_id, ven_id, device_id, since_utc, operating_day
    ) AS by_day
    GROUP BY meter_id
),
mapped_time AS (
    SELECT
        meter_id,
        sum(greatest(epoch(until_utc)::BIGINT - epoch(since_utc)::BIGINT, 0)) AS seconds,
        list({'since_utc': since_utc, 'until_utc': until_utc}) AS served
    FROM mapped
    GROUP BY meter_id
),
heard_parts AS (
    SELECT meter_id, valid_seconds, settled_seconds, estimated_seconds
    FROM whole_days
    UNION ALL
    SELECT
        u.meter_id,
        least(
            u.duration_seconds,
            epoch(coalesce(m.valid_to, $month_end_utc))::BIGINT
                - epoch(u.interval_start_utc)::BIGINT
        ) AS valid_seconds,
        CASE WHEN u.is_settled THEN valid_seconds ELSE 0 END AS settled_seconds,
        CASE WHEN u.is_estimated THEN valid_seconds ELSE 0 END AS estimated_seconds
    FROM cut_usage AS u
    JOIN mapping AS m
        ON m.ven_id = u.ven_id
        AND m.device_id = u.device_id
        AND m.meter_id = u.meter_id
        AND m.valid_from <= u.interval_start_utc
        AND (m.valid_to IS NULL OR m.valid_to > u.interval_start_utc)
    WHERE u.is_billed
),
heard AS (
    SELECT
        meter_id,
        sum(valid_seconds)::INTEGER AS valid_seconds,
        sum(settled_seconds)::INTEGER AS settled_seconds,
        sum(estimated_seconds)::INTEGER AS estimated_seconds
    FROM heard_parts
    GROUP BY meter_id
),
settled AS (
    SELECT
        meter_id,
        sum(import_kwh) AS import_kwh,
        sum(export_kwh) AS export_kwh,
        sum(import_amount) AS import_amount,
        sum(export_amount) AS export_amount,
        any_value(currency) AS currency
    FROM hours
    GROUP BY meter_id
)
SELECT
    m.meter_id,
    coalesce(s.import_kwh, 0) AS import_kwh,
    coalesce(s.export_kwh, 0) AS export_kwh,
    coalesce(s.import_amount, 0) AS import_amount,
    coalesce(s.export_amount, 0) AS export_amount,
    s.currency,
    (m.seconds + coalesce(f.seconds, 0))::INTEGER AS expected_seconds,
    coalesce(h.settled_seconds, 0) AS settled_seconds,
    coalesce(h.estimated_seconds, 0) AS estimated_seconds,
    m.served,
    coalesce(h.valid_seconds - h.settled_seconds, 0) AS unpriced_seconds
FROM mapped_time AS m
LEFT JOIN further_directions AS f USING (meter_id)
LEFT JOIN heard AS h USING (meter_id)
LEFT JOIN settled AS s USING (meter_id)
ORDER BY m.meter_id

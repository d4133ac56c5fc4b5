-- A meter's month from its settled hours, and how complete it is.
-- Grain: meter. Energy in kWh, amounts in currency, time in seconds of metered life.
-- A meter is expected to be heard for all the time that a device is mapped to it, on
-- each day once for each direction that the device measures on it, and heard for no more
-- than that: an interval reaches at most to the mapping's end. A mapping that does not
-- say since when (instant 0) counts from the first time the device was ever heard. Those
-- times are listed as `served`: whose days they are is a matter of the zone.
-- Values: month_start_utc, month_end_utc, first_day, last_day.
WITH first_heard AS (
    SELECT ven_id, device_id, min(interval_start_utc) AS first_utc
    FROM core.interval_usage
    GROUP BY ven_id, device_id
),
mapped AS (
    SELECT
        m.meter_id,
        m.ven_id,
        m.device_id,
        greatest($month_start_utc, CASE WHEN epoch(m.valid_from) = 0
            THEN coalesce(f.first_utc, $month_end_utc) ELSE m.valid_from END)
            AS since_utc,
        least($month_end_utc, coalesce(m.valid_to, $month_end_utc)) AS until_utc
    FROM core.meter_mapping AS m
    LEFT JOIN first_heard AS f USING (ven_id, device_id)
    WHERE m.valid_from < $month_end_utc
        AND (m.valid_to IS NULL OR m.valid_to > $month_start_utc)
),
directions AS (
    SELECT
        m.meter_id,
        m.ven_id,
        m.device_id,
        m.since_utc,
        u.operating_day,
        u.direction,
        sum(
            least(epoch(m.until_utc)::BIGINT,
                epoch(u.interval_start_utc)::BIGINT + u.duration_seconds)
            - greatest(epoch(m.since_utc)::BIGINT, epoch(u.interval_start_utc)::BIGINT)
        ) AS seconds
    FROM mapped AS m
    JOIN core.validated_usage AS u
        ON u.meter_id = m.meter_id
        AND u.ven_id = m.ven_id
        AND u.device_id = m.device_id
        AND epoch(u.interval_start_utc)::BIGINT < epoch(m.until_utc)::BIGINT
        AND epoch(u.interval_start_utc)::BIGINT + u.duration_seconds
            > epoch(m.since_utc)::BIGINT
    WHERE u.operating_day BETWEEN $first_day AND $last_day
    GROUP BY ALL
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
expected AS (
    SELECT
        m.meter_id,
        (m.seconds + coalesce(f.seconds, 0))::INTEGER AS expected_seconds,
        m.served
    FROM mapped_time AS m
    LEFT JOIN further_directions AS f USING (meter_id)
),
metered AS (
    SELECT
        u.operating_day,
        u.meter_id,
        u.interval_start_utc,
        u.state,
        least(
            u.duration_seconds,
            epoch(coalesce(m.valid_to, $month_end_utc))::BIGINT
                - epoch(u.interval_start_utc)::BIGINT
        ) AS seconds
    FROM core.validated_usage AS u
    JOIN core.meter_mapping AS m
        ON m.ven_id = u.ven_id
        AND m.device_id = u.device_id
        AND m.meter_id = u.meter_id
        AND m.valid_from <= u.interval_start_utc
        AND (m.valid_to IS NULL OR m.valid_to > u.interval_start_utc)
    WHERE u.operating_day BETWEEN $first_day AND $last_day
        AND u.state IN ('VALID', 'ESTIMATED', 'ADJUSTED')
),
heard AS (
    SELECT meter_id, sum(seconds)::INTEGER AS valid_seconds
    FROM metered
    GROUP BY meter_id
),
settled AS (
    SELECT
        h.meter_id,
        sum(h.import_kwh) AS import_kwh,
        sum(h.export_kwh) AS export_kwh,
        sum(h.import_amount) AS import_amount,
        sum(h.export_amount) AS export_amount,
        any_value(h.currency) AS currency
    FROM core.settled_hour AS h
    WHERE h.operating_day BETWEEN $first_day AND $last_day
    GROUP BY h.meter_id
),
settled_time AS (
    SELECT
        u.meter_id,
        sum(u.seconds)::INTEGER AS settled_seconds,
        sum(CASE WHEN u.state = 'ESTIMATED' THEN u.seconds ELSE 0 END)::INTEGER
            AS estimated_seconds
    FROM metered AS u
    SEMI JOIN core.settled_hour AS h
        ON h.operating_day = u.operating_day
        AND h.meter_id = u.meter_id
        AND epoch(h.interval_start_utc)::BIGINT // 3600
            = epoch(u.interval_start_utc)::BIGINT // 3600
    GROUP BY u.meter_id
)
SELECT
    e.meter_id,
    coalesce(s.import_kwh, 0) AS import_kwh,
    coalesce(s.export_kwh, 0) AS export_kwh,
    coalesce(s.import_amount, 0) AS import_amount,
    coalesce(s.export_amount, 0) AS export_amount,
    s.currency,
    e.expected_seconds,
    coalesce(t.settled_seconds, 0) AS settled_seconds,
    coalesce(t.estimated_seconds, 0) AS estimated_seconds,
    e.served,
    coalesce(h.valid_seconds, 0) - coalesce(t.settled_seconds, 0) AS unpriced_seconds
FROM expected AS e
LEFT JOIN heard AS h USING (meter_id)
LEFT JOIN settled AS s USING (meter_id)
LEFT JOIN settled_time AS t USING (meter_id)
ORDER BY e.meter_id

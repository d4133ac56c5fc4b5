-- What dials counted between two readings in a row with a midnight between, and what the
-- intervals of that time add up to, where they cover it exactly once.
-- A reading counts that was taken where an interval of the channel begins; a rollover, a
-- reset or an exchange between two leaves nothing to compare. A reading at midnight ends
-- the day before it. Only what touches the time asked for.
-- Grain: device, direction, window. Energy in kWh.
-- Values: first_day, last_day, begin_utc, end_utc, most_days, zone.
WITH usage AS NOT MATERIALIZED (
    SELECT
        meter_id,
        ven_id,
        device_id,
        direction,
        interval_start_utc,
        interval_start_utc + to_seconds(duration_seconds) AS interval_end_utc,
        duration_seconds,
        energy_kwh,
        state
    FROM core.validated_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
),
channel AS (
    SELECT
        meter_id,
        ven_id,
        device_id,
        direction,
        max(duration_seconds) FILTER (state = 'VALID') AS interval_seconds
    FROM usage
    WHERE interval_start_utc >= $begin_utc AND interval_start_utc < $end_utc
    GROUP BY meter_id, ven_id, device_id, direction
),
reading AS (
    SELECT
        meter_id,
        ven_id,
        device_id,
        direction,
        operating_day::DATE AS read_on,
        read_at,
        reading_kwh,
        step_kwh,
        count(*) FILTER (event <> '') OVER (
            PARTITION BY meter_id, ven_id, device_id, direction ORDER BY read_at
        ) AS events
    FROM core.register_reading
    WHERE operating_day BETWEEN $first_day AND $last_day
),
paired AS (
    SELECT
        r.*,
        lead(r.read_at) OVER following AS until_utc,
        lead(r.read_on) OVER following AS until_on,
        lead(r.reading_kwh) OVER following - r.reading_kwh AS difference_kwh,
        greatest(r.step_kwh, lead(r.step_kwh) OVER following) AS window_step_kwh,
        lead(r.events) OVER following - r.events AS events_between
    FROM reading AS r
    LEFT JOIN channel AS c USING (meter_id, ven_id, device_id, direction)
    WHERE epoch_us(r.read_at) % (coalesce(c.interval_seconds, 3600)::BIGINT * 1000000) = 0
    WINDOW following AS (
        PARTITION BY r.meter_id, r.ven_id, r.device_id, r.direction ORDER BY r.read_at
    )
),
asked AS (
    SELECT *
    FROM paired
    WHERE events_between = 0
        AND read_at < $end_utc
        AND until_utc > $begin_utc
        AND until_on - read_on BETWEEN 1 AND $most_days
        AND timezone($zone, until_utc - INTERVAL 1 MICROSECOND)::DATE > read_on
),
held AS (
    SELECT
        a.*,
        u.interval_start_utc,
        u.interval_end_utc,
        u.energy_kwh,
        lag(u.interval_end_utc, 1, a.read_at) OVER (
            PARTITION BY
                a.meter_id, a.ven_id, a.device_id, a.direction, a.read_at
            ORDER BY u.interval_start_utc
        ) AS covered_to_utc
    FROM asked AS a
    JOIN usage AS u
        ON u.meter_id = a.meter_id
        AND u.ven_id = a.ven_id
        AND u.device_id = a.device_id
        AND u.direction = a.direction
        AND u.interval_start_utc < a.until_utc
        AND u.interval_end_utc > a.read_at
)
SELECT
    meter_id,
    ven_id,
    device_id,
    direction,
    read_at,
    until_utc,
    difference_kwh,
    coalesce(window_step_kwh, 0)::DECIMAL(38, 6) AS step_kwh,
    sum(energy_kwh)::DECIMAL(38, 6) AS total_kwh
FROM held
GROUP BY ALL
HAVING bool_and(energy_kwh IS NOT NULL AND interval_start_utc = covered_to_utc)
    AND max(interval_end_utc) = until_utc
ORDER BY ALL

-- What VEE needs to know of every channel's day, in one pass over its usage.
-- Only intervals of one length, of at least 12 minutes: of 25 hours there are at most
-- 125, and each is one of the 128 bits of `present`, by its number since 1970, in two
-- halves. `starts_us` adds up the starts, in microseconds since 1970. It is what the
-- bits say only where no interval is there twice and each begins on the grid.
-- Grain: operating day, meter, device, direction. Energy in kWh.
-- Values: first_day, last_day, step_seconds.
WITH channel_day AS (
    SELECT
        operating_day,
        meter_id,
        ven_id,
        device_id,
        direction,
        bit_or(
            1::UHUGEINT << (
                (epoch_us(interval_start_utc) // ($step_seconds::BIGINT * 1000000)) & 127
            )::UTINYINT
        ) AS present,
        sum(epoch_us(interval_start_utc)) AS starts_us,
        sum(energy_kwh) AS total_kwh,
        max(energy_kwh, 3) AS highest_kwh,
        max(received_at) AS newest_at
    FROM core.interval_usage
    WHERE operating_day BETWEEN $first_day AND $last_day
        AND duration_seconds = $step_seconds
    GROUP BY operating_day, meter_id, ven_id, device_id, direction
)
SELECT
    operating_day,
    meter_id,
    ven_id,
    device_id,
    direction,
    (present & 18446744073709551615::UHUGEINT)::UBIGINT AS present_low,
    (present >> 64)::UBIGINT AS present_high,
    try_cast(starts_us AS BIGINT) AS starts_us,
    total_kwh::DECIMAL(38, 6) AS total_kwh,
    highest_kwh[1]::DECIMAL(18, 6) AS highest_kwh,
    highest_kwh[3]::DECIMAL(18, 6) AS third_kwh,
    epoch_us(newest_at) AS newest_us
FROM channel_day

-- What channels did on each day of a range: which were heard, and how much they used.
-- A day is good where every interval is valid or adjusted.
-- Grain: operating day, meter, device, direction. Energy in kWh, time in seconds.
-- Values: first_day, last_day.
SELECT
    operating_day,
    meter_id,
    ven_id,
    device_id,
    direction,
    coalesce(max(duration_seconds) FILTER (state = 'VALID'), 3600)::INTEGER
        AS interval_seconds,
    sum(duration_seconds)::INTEGER AS seconds,
    sum(energy_kwh)::DECIMAL(38, 6) AS energy_kwh,
    bool_and(
        state IN ('VALID', 'ADJUSTED') AND NOT contains(rules_failed, 'usage.outage')
    ) AS is_good
FROM core.validated_usage
WHERE operating_day BETWEEN $first_day AND $last_day
GROUP BY operating_day, meter_id, ven_id, device_id, direction
HAVING count(energy_kwh) > 0
ORDER BY ALL

-- When each device was first heard.
-- Grain: device.
SELECT ven_id, device_id, min(interval_start_utc) AS first_utc
FROM core.interval_usage
GROUP BY ven_id, device_id
ORDER BY ven_id, device_id

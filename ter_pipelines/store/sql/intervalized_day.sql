-- Days of accounts that have hours, and what these rest on.
-- Grain: account, usage_sha256 and operating day. Values: first_day, last_day.
SELECT account_id, usage_sha256, operating_day
FROM core.intervalized_usage
WHERE operating_day BETWEEN $first_day AND $last_day
GROUP BY account_id, usage_sha256, operating_day
ORDER BY account_id, usage_sha256, operating_day

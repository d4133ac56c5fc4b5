#!/usr/bin/env bash
# The requests of an account partner, one after another; each answer on a line.
#
#   TER_URL=http://127.0.0.1:8000 TER_TOKEN=your-token ./truelight.sh
#
# The token is one of a user with the role `accounts` (`ter token add`). The market that
# the accounts belong to is the operator's; docs/accounts.md tells of it.
set -euo pipefail
url="${TER_URL:-http://127.0.0.1:8000}/api/v1"
token="${TER_TOKEN:?the token of a user with the role accounts}"

ask() { curl --silent --show-error --write-out '\n' "$@" --header "Authorization: Token token=$token"; }
json() { ask "$@" --header 'Content-Type: application/json'; }

# Create an account; its id is asked for below.
created=$(json -X POST "$url/accounts" -d '{"account": {"account_number": "abc123",
  "rep": "xyz", "location": "11 Beacon St.", "city": "Philadelphia", "state": "PA",
  "load_zone": "APS-PA", "utility": "WPP", "load_profile": "GPC", "voltage": "Primary",
  "rate_class": "10", "summary_usages_attributes": [{"starts_on": "2018-10-1",
  "ends_on": "2018-10-31", "volume_kwh": "925.24"}], "capacity_tags_attributes":
  [{"start_date": "2018-6-1", "end_date": "2019-5-31", "value_kw": "60000"}],
  "transmission_tags_attributes": [{"start_date": "2018-1-1", "end_date": "2018-12-31",
  "value_kw": "100000"}]}}')
echo "$created"
id=$(sed 's/.*"id": \([0-9]*\), "account_number".*/\1/' <<<"$created")

# An account that is wrong: answered field by field.
json -X POST "$url/accounts" -d '{"account": {"account_number": "abc124",
  "location": "11 Beacon St.", "city": "Philadelphia", "state": "PA",
  "load_zone": "APS-PA", "utility": "WPP", "load_profile": "XYZ", "voltage": "Primary",
  "rate_class": "10", "capacity_tags_attributes": [], "transmission_tags_attributes": []}}'

# Read it.
ask "$url/accounts/$id"

# Change it; what is not named stays, and lists are named either way.
json -X PATCH "$url/accounts/$id" -d '{ "account": { "rep": "abcde", "location":
  "Costa Rica", "city": "Costa Rica", "summary_usages_attributes": [ { "starts_on":
  "2018-01-04", "ends_on": "2018-01-04", "volume_kwh": 925.24 } ], "capacity_tags": [ {
  "start_date": "2018-06-01", "end_date": "2019-05-31", "value_kw": 60000 } ],
  "transmission_tags": [ { "start_date": "2018-01-01", "end_date": "2018-12-31",
  "value_kw": 100000 } ] } }'

# Measured hours of a day, and the same read back.
json -X POST "$url/accounts/$id/interval_usages" -d '{"interval_usages":
  [{"recorded_on": "2018-12-1", "hour": 1, "volume_kwh": "1033.3176"}]}'
ask "$url/accounts/$id/actual_hourlies?date=2018-12-1"

# What each hour of a day cost.
ask "$url/accounts/$id/shadow_prices?date=2018-12-1"

# De-activate it.
json -X PATCH "$url/accounts/$id" -d '{ "account": { "status": "inactive" } }'

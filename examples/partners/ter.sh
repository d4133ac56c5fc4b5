#!/usr/bin/env bash
# The requests of the price partner and of the metering partner, one after another; each
# answer on a line.
#
#   TER_URL=http://127.0.0.1:8000 \
#   TER_PRICES_USER=prais TER_PRICES_PASSWORD='words of the price partner' \
#   TER_METERS_USER=nisc TER_METERS_PASSWORD='words of the metering partner' \
#   ./ter.sh schedule.json revised-schedule.json
#
# Both schedules are of one day that is to come (examples/prices/ has some). Their users
# are made with `ter user add NAME --role prices` and `--role meters`.
set -euo pipefail
schedule="${1:?a schedule, such as examples/prices/2025-11-02.json}"
revised="${2:?another schedule of the same day}"
url="${TER_URL:-http://127.0.0.1:8000}"
prais="${TER_PRICES_USER:-prais}:${TER_PRICES_PASSWORD:?the password of the user with the role prices}"
nisc="${TER_METERS_USER:-nisc}:${TER_METERS_PASSWORD:?the password of the user with the role meters}"

ask() { curl --silent --show-error --write-out '\n' "$@"; }
status() { curl --silent --show-error --output /dev/null --write-out '%{http_code}\n' "$@"; }
id_of() { sed 's/^{"id": \([0-9]*\),.*/\1/'; }

# What was sent before.
ask -u "$prais" "$url/prices/"

# Tomorrow's prices; what is published today is open to everybody.
sent=$(ask -X POST -u "$prais" -H 'Content-Type: application/json' -d "@$schedule" "$url/prices/")
echo "$sent"
ask "$url/prices/today/"

# A revision, one schedule by its id, and the revision taken back.
changed=$(ask -X PUT -u "$prais" -H 'Content-Type: application/json' -d "@$revised" \
  "$url/prices/$(id_of <<<"$sent")/")
echo "$changed"
ask -u "$prais" "$url/prices/$(id_of <<<"$changed")/"
status -X DELETE -u "$prais" "$url/prices/$(id_of <<<"$changed")/"

# Which meter bills which device: one, in the older spelling, and a list.
ask -X POST -u "$nisc" -H 'Content-Type: application/json' \
  -d '{ "meters": { "meterID": "0001", "VEN_ID": "999", "device_id": "47" } }' "$url/meters/"
ask -X POST -u "$nisc" -H 'Content-Type: application/json' \
  -d '{"meters": [{"meter_id": "0001", "ven_id": "999", "device_id": "47"},
  {"meter_id": "0002", "ven_id": "999", "device_id": "48"}]}' "$url/meters/"
ask -u "$nisc" "$url/meters/"

# What is known of a device: added, changed, read, forgotten.
device=$(ask -X POST -u "$nisc" -H 'Content-Type: application/json' \
  -d '{"device_id": "47", "ven_id": "999", "statusOn": true, "registerConsumed": "12.34",
  "registerProduced": "0.00"}' "$url/devices/")
echo "$device"
ask -X PATCH -u "$nisc" -H 'Content-Type: application/json' -d '{"statusOn": false}' \
  "$url/devices/$(id_of <<<"$device")/"
ask -u "$nisc" "$url/devices/"
status -X DELETE -u "$nisc" "$url/devices/$(id_of <<<"$device")/"

#!/usr/bin/env bash
# The requests of SilesiaSolar's clients, one after another; each answer on a line.
#
#   TER_URL=http://127.0.0.1:8000 TER_USER=johndoe TER_PASSWORD=your-password \
#   TER_ADMIN=anna TER_ADMIN_PASSWORD=her-password ./silesia.sh
#
# TER_USER is a new name: registration must be open (TER_REGISTRATION=open). TER_ADMIN is
# a user with the role `operator` (`ter user add`).
set -euo pipefail
url="${TER_URL:-http://127.0.0.1:8000}"
user="${TER_USER:?a name that is not taken}"
password="${TER_PASSWORD:?its password, 12 characters or more}"
admin="${TER_ADMIN:?a user with the role operator}"
admin_password="${TER_ADMIN_PASSWORD:?the password of that user}"

call() { curl --silent --show-error --write-out '\n' --header 'Content-Type: application/json' "$@"; }
ask() { call --header "Authorization: Token $token" "$@"; }
field() { sed "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/"; }

# Registering, signing in (the token before stops), who am I.
call -X POST "$url/auth/register" -d "{\"username\": \"$user\",
  \"email\": \"$user@example.com\", \"password\": \"$password\"}"
signed_in=$(call -X POST "$url/auth/login" -d "{\"username\": \"$user\",
  \"password\": \"$password\"}")
echo "$signed_in"
token=$(field token <<<"$signed_in")
info=$(ask "$url/auth/info")
echo "$info"
id=$(field id <<<"$info")

# Locations of one's own.
location=$(ask -X POST "$url/user/locations" -d "{\"user\": $id, \"street\": \"SunnyStreet\",
  \"number\": \"68\", \"city\": \"SilliconCity\", \"zip_code\": \"11-420\"}")
echo "$location"
location_id=$(field id <<<"$location")
ask "$url/user/locations"

# The operator: models of meters, what they measure and where, hosts.
own_token=$token
token=$(call -X POST "$url/auth/login" -d "{\"username\": \"$admin\",
  \"password\": \"$admin_password\"}" | field token)
meter=$(ask -X POST "$url/admin/meters" -d '{"name": "sdm330", "type": 2}')
echo "$meter"
meter_id=$(field id <<<"$meter")
ask -X POST "$url/admin/measurements" -d '{"measurement": "current", "type": 1}'
ask -X POST "$url/admin/measurements" -d '{"measurement": "voltage_ac", "type": 1}'
ask -X POST "$url/admin/registers" -d "{\"address\": 12, \"measurement\": \"current\",
  \"unit\": \"A\", \"type\": 1, \"function_code\": 3, \"meter\": $meter_id}"
ask -X POST "$url/admin/registers" -d "{\"address\": 14, \"measurement\": \"voltage_ac\",
  \"unit\": \"V\", \"type\": 1, \"function_code\": 3, \"meter\": $meter_id}"
host=$(ask -X POST "$url/admin/hosts" -d "{\"ip\": \"127.0.0.1\", \"port\": 2282,
  \"slave_address\": 1, \"description\": \"test\", \"user\": $id,
  \"location\": $location_id, \"meter\": $meter_id}")
echo "$host"
host_id=$(field id <<<"$host")
ask "$url/admin/locations/$location_id"
ask "$url/admin/users/$id"
ask -X POST "$url/auth/logout"

# What the owner sees of the host.
token=$own_token
ask "$url/user/hosts"
ask "$url/meters/$meter_id/measurements"
ask -X POST "$url/user/hosts/$host_id/measurements" \
  -d '{"measurements": ["current", "voltage_ac"]}'
ask "$url/user/hosts/$host_id/measurements"
ask "$url/user/hosts/$host_id/measurements/current/latest"

# Signing out: the token is worth nothing any more.
ask -X POST "$url/auth/logout"
ask "$url/auth/info"

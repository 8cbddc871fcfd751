# curl: create a session, show it, end it. Wants API, AUTH_ID and AUTH_TOKEN in the environment.
set -eu

# What the session is for, such as an order. The same key and body again give the same session,
# which makes it safe to repeat a create.
order="order-$(date +%s)-$$"
sessions="$API/v1/Account/$AUTH_ID/Masking/Session/"

created=$(curl -sS --fail-with-body -u "$AUTH_ID:$AUTH_TOKEN" "$sessions" \
    -H 'Content-Type: application/json' \
    -H "Idempotency-Key: $order" \
    -d '{"first_party": "+12025550101", "second_party": "+12025550102", "session_expiry": 1800,
         "sticky": true, "virtual_number_strategy": "per_party", "on_exhaustion": ["any_country"]}')
uuid=$(printf '%s' "$created" | python3 -c 'import json, sys; print(json.load(sys.stdin)["session_uuid"])')

curl -sS --fail-with-body -u "$AUTH_ID:$AUTH_TOKEN" "$sessions$uuid/"
echo
curl -sS --fail-with-body -u "$AUTH_ID:$AUTH_TOKEN" -X DELETE "$sessions$uuid/"

# curl: create a session, show it, end it. Wants API, AUTH_ID and AUTH_TOKEN in the environment.
set -eu

# What the session is for, such as an order. The same key and body again give the same session,
# which makes it safe to repeat a create.
order="order-$(date +%s)-$$"
sessions="$API/v1/Account/$AUTH_ID/Masking/Session/"

# Says one field of the JSON that it reads.
field() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# Ends the session. One that is over already, by its time or by an earlier end, counts as done.
end() {
    if answer=$(curl -sS --fail-with-body -u "$AUTH_ID:$AUTH_TOKEN" -X DELETE "$sessions$uuid/"); then
        echo ended
    elif [ "$(printf '%s' "$answer" | field error_code)" = session_expired ]; then
        echo 'over already'
    else
        printf '%s\n' "$answer" >&2
        return 1
    fi
}

created=$(curl -sS --fail-with-body -u "$AUTH_ID:$AUTH_TOKEN" "$sessions" \
    -H 'Content-Type: application/json' \
    -H "Idempotency-Key: $order" \
    -d '{"first_party": "+12025550101", "second_party": "+12025550102", "session_expiry": 1800,
         "sticky": true, "virtual_number_strategy": "per_party",
         "on_exhaustion": ["any_country"]}') || { printf '%s\n' "$created" >&2 && exit 1; }
uuid=$(printf '%s' "$created" | field session_uuid)

curl -sS --fail-with-body -u "$AUTH_ID:$AUTH_TOKEN" "$sessions$uuid/"
echo
end
end

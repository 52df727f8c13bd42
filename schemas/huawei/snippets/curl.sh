#!/usr/bin/env bash
# SDK-HMAC-SHA256 by hand: needs bash, curl and openssl
set -euo pipefail
hash() { openssl dgst -sha256 -r | cut -d' ' -f1; }

body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '{"image":"%s","side":"front"}' "$(base64 < front.jpg | tr -d '\n')" > "$body"
path="/v2/$CLOUD_SDK_PROJECT_ID/ocr/id-card"
moment=$(date -u +%Y%m%dT%H%M%SZ)
token=${CLOUD_SDK_SECURITY_TOKEN:-}
# the signed headers, sorted by name; the path is signed with a slash at its end
lines=(
  "content-type:application/json" "host:{{authority}}" "x-sdk-date:$moment" ${token:+"x-security-token:$token"}
)
names=$(printf '%s\n' "${lines[@]%%:*}" | paste -sd';' -)
canonical=$(printf 'POST\n%s/\n\n%s\n\n%s\n%s' "$path" "$(printf '%s\n' "${lines[@]}")" "$names" "$(hash < "$body")")
signature=$(printf 'SDK-HMAC-SHA256\n%s\n%s' "$moment" "$(printf %s "$canonical" | hash)" \
  | openssl dgst -sha256 -hmac "$CLOUD_SDK_SK" -r | cut -d' ' -f1)

curl --silent --show-error "{{url}}$path" --data-binary "@$body" \
  -H "Content-Type: application/json" -H "X-Sdk-Date: $moment" ${token:+-H "X-Security-Token: $token"} \
  -H "Authorization: SDK-HMAC-SHA256 Access=$CLOUD_SDK_AK, SignedHeaders=$names, Signature=$signature"

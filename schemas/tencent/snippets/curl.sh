#!/usr/bin/env bash
# TC3-HMAC-SHA256 by hand: needs bash, curl and openssl
set -euo pipefail
hash() { openssl dgst -sha256 -r | cut -d' ' -f1; }
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r | cut -d' ' -f1; }
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }

body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '{"ImageBase64":"%s","CardSide":"FRONT"}' "$(base64 < front.jpg | tr -d '\n')" > "$body"
time=$(date +%s)
day=$(date -u +%Y-%m-%d)
scope="$day/ocr/tc3_request"
canonical=$(printf 'POST\n/\n\ncontent-type:application/json\nhost:%s\n\ncontent-type;host\n%s' "{{authority}}" "$(hash < "$body")")
to_sign=$(printf 'TC3-HMAC-SHA256\n%s\n%s\n%s' "$time" "$scope" "$(printf %s "$canonical" | hash)")
key=$(hex "TC3$TENCENTCLOUD_SECRET_KEY")
for part in "$day" ocr tc3_request; do key=$(printf %s "$part" | hmac "$key"); done
signature=$(printf %s "$to_sign" | hmac "$key")

curl --silent --show-error "{{url}}/" --data-binary "@$body" \
  -H "Content-Type: application/json" \
  -H "X-TC-Action: IDCardOCR" -H "X-TC-Version: 2018-11-19" -H "X-TC-Region: ap-guangzhou" -H "X-TC-Timestamp: $time" \
  ${TENCENTCLOUD_SESSION_TOKEN:+-H "X-TC-Token: $TENCENTCLOUD_SESSION_TOKEN"} \
  -H "Authorization: TC3-HMAC-SHA256 Credential=$TENCENTCLOUD_SECRET_ID/$scope, SignedHeaders=content-type;host, Signature=$signature"

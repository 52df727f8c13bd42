#!/usr/bin/env bash
# ACS3-HMAC-SHA256 by hand: needs bash, curl and openssl
set -euo pipefail
hash() { openssl dgst -sha256 -r | cut -d' ' -f1; }

body_hash=$(hash < front.jpg)
moment=$(date -u +%Y-%m-%dT%H:%M:%SZ)
nonce=$(openssl rand -hex 16)
token=${ALIBABA_CLOUD_SECURITY_TOKEN:-}
# the signed headers, sorted by name; that of a temporary key stands among them
lines=(
  "host:{{authority}}" "x-acs-action:RecognizeIdcard" "x-acs-content-sha256:$body_hash" "x-acs-date:$moment"
  ${token:+"x-acs-security-token:$token"} "x-acs-signature-nonce:$nonce" "x-acs-version:2021-07-07"
)
names=$(printf '%s\n' "${lines[@]%%:*}" | paste -sd';' -)
canonical=$(printf 'POST\n/\n\n%s\n\n%s\n%s' "$(printf '%s\n' "${lines[@]}")" "$names" "$body_hash")
signature=$(printf 'ACS3-HMAC-SHA256\n%s' "$(printf %s "$canonical" | hash)" \
  | openssl dgst -sha256 -hmac "$ALIBABA_CLOUD_ACCESS_KEY_SECRET" -r | cut -d' ' -f1)

headers=()
for line in "${lines[@]:1}"; do headers+=(-H "${line%%:*}: ${line#*:}"); done
curl --silent --show-error "{{url}}/" --data-binary @front.jpg "${headers[@]}" \
  -H "Content-Type: application/octet-stream" \
  -H "Authorization: ACS3-HMAC-SHA256 Credential=$ALIBABA_CLOUD_ACCESS_KEY_ID,SignedHeaders=$names,Signature=$signature"

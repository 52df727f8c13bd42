#!/usr/bin/env bash
set -euo pipefail
# the gateway refuses in headers, so they are shown
printf '{"image":"data:image/jpeg;base64,%s"}' "$(base64 < front.jpg | tr -d '\n')" \
  | curl --silent --show-error --include "{{url}}/idcard/ocr" --data-binary @- \
    -H "Authorization: APPCODE $ALIMARKET_APPCODE" -H "Content-Type: application/json; charset=utf-8"

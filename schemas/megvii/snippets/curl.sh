#!/usr/bin/env bash
# As on the vendor's page
set -euo pipefail
curl --silent --show-error "{{url}}/faceid/v3/ocridcard" \
  -F "api_key=$MEGVII_API_KEY" -F "api_secret=$MEGVII_API_SECRET" -F return_portrait=0 -F image=@front.jpg

"""Production code with httpx, which asks certifi and nobody else."""

import base64
import os
import sys
from pathlib import Path

import httpx

answer = httpx.post(
    "https://idc.market.alicloudapi.com/idcard/ocr",
    headers={"Authorization": f"APPCODE {os.environ['ALIMARKET_APPCODE']}"},
    json={"image": base64.b64encode(Path(sys.argv[1]).read_bytes()).decode()},
    timeout=20,
)
print(answer.json())

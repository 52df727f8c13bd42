"""Production code with requests."""

import os
import sys
from pathlib import Path

import requests

answer = requests.post(
    "https://api.megvii.com/faceid/v3/ocridcard",
    data={"api_key": os.environ["MEGVII_API_KEY"], "api_secret": os.environ["MEGVII_API_SECRET"]},
    files={"image": Path(sys.argv[1]).read_bytes()},
    timeout=20,
)
print(answer.json()["name"]["result"])

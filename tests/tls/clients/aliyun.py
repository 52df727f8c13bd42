"""Production code: the vendor's own endpoint, as its page shows it."""

import json
import os
import sys

from alibabacloud_ocr_api20210707.client import Client
from alibabacloud_ocr_api20210707.models import RecognizeIdcardRequest
from alibabacloud_tea_openapi.models import Config

client = Client(
    Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint="ocr-api.cn-hangzhou.aliyuncs.com",
    )
)
with open(sys.argv[1], "rb") as picture:  # noqa: PTH123  the client wants a stream, as its page shows
    answer = client.recognize_idcard(RecognizeIdcardRequest(body=picture))
print(json.loads(answer.body.data)["data"]["face"]["data"]["name"])

"""Production code: the region's own endpoints, and the project id asked from IAM."""

import base64
import os
import sys
from pathlib import Path

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkocr.v1 import IdCardRequestBody, OcrClient, RecognizeIdCardRequest
from huaweicloudsdkocr.v1.region.ocr_region import OcrRegion

key = BasicCredentials(os.environ["CLOUD_SDK_AK"], os.environ["CLOUD_SDK_SK"])
region = OcrRegion.value_of("cn-north-4")
client = OcrClient.new_builder().with_credentials(key).with_region(region).build()
image = base64.b64encode(Path(sys.argv[1]).read_bytes()).decode()
request = RecognizeIdCardRequest(body=IdCardRequestBody(image=image, side="front"))
print(client.recognize_id_card(request).result.name)

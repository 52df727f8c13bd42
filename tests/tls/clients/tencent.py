"""Production code: no endpoint, no certificate, no proxy in it."""

import base64
import os
import sys
from pathlib import Path

from tencentcloud.common.credential import Credential
from tencentcloud.ocr.v20181119 import models, ocr_client

key = Credential(os.environ["TENCENTCLOUD_SECRET_ID"], os.environ["TENCENTCLOUD_SECRET_KEY"])
request = models.IDCardOCRRequest()
request.ImageBase64 = base64.b64encode(Path(sys.argv[1]).read_bytes()).decode()
print(ocr_client.OcrClient(key, "ap-guangzhou").IDCardOCR(request).Name)

"""How Tencent's SDK is pointed at the mock (contract §9.1)."""

from mockserver.pipeline import Client

_SNIPPET = """\
# pip install tencentcloud-sdk-python-ocr
import base64, os
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ocr.v20181119 import models, ocr_client

key = Credential(
    os.environ["TENCENTCLOUD_SECRET_ID"],
    os.environ["TENCENTCLOUD_SECRET_KEY"],
    os.environ.get("TENCENTCLOUD_SESSION_TOKEN"),
)
# protocol and endpoint are the only two differences from production
profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint="$authority"))
client = ocr_client.OcrClient(key, os.environ["TENCENTCLOUD_REGION"], profile)

request = models.IDCardOCRRequest()
with open("fixtures/images/front.jpg", "rb") as picture:
    request.ImageBase64 = base64.b64encode(picture.read()).decode()
request.CardSide = "FRONT"
print(client.IDCardOCR(request).Name)
"""

CLIENT = Client(
    environment={
        "TENCENTCLOUD_SECRET_ID": "$secret_id",
        "TENCENTCLOUD_SECRET_KEY": "$secret_key",
        "TENCENTCLOUD_SESSION_TOKEN": "$token",
        "TENCENTCLOUD_REGION": "ap-guangzhou",
    },
    snippet=_SNIPPET,
)

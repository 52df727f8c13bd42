"""Production code with the older client."""

import json
import os
import sys
from pathlib import Path

from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

client = AcsClient(
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], "cn-hangzhou"
)
request = CommonRequest()
request.set_domain("ocr-api.cn-hangzhou.aliyuncs.com")
request.set_version("2021-07-07")
request.set_action_name("RecognizeIdcard")
request.set_method("POST")
request.set_protocol_type("https")
request.set_content(Path(sys.argv[1]).read_bytes())
request.set_content_type("application/octet-stream")
answer = json.loads(client.do_action_with_exception(request))
print(json.loads(answer["Data"])["data"]["face"]["data"]["name"])

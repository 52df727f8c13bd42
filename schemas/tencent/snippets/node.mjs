// npm install tencentcloud-sdk-nodejs-ocr
import { readFileSync } from "node:fs";
import tencentcloud from "tencentcloud-sdk-nodejs-ocr";

const client = new tencentcloud.ocr.v20181119.Client({
  credential: {
    secretId: process.env.TENCENTCLOUD_SECRET_ID,
    secretKey: process.env.TENCENTCLOUD_SECRET_KEY,
    token: process.env.TENCENTCLOUD_SESSION_TOKEN,
  },
  region: process.env.TENCENTCLOUD_REGION,
  // protocol and endpoint are the only two differences from production
  profile: { httpProfile: { protocol: "{{scheme}}://", endpoint: "{{authority}}" } },
});
const answer = await client.IDCardOCR({
  ImageBase64: readFileSync("front.jpg").toString("base64"),
  CardSide: "FRONT",
});
console.log(answer.Name);

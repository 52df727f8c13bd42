// npm install @alicloud/ocr-api20210707 @alicloud/openapi-client
import { createReadStream } from "node:fs";
import ocr from "@alicloud/ocr-api20210707";
import { Config } from "@alicloud/openapi-client";

// protocol and endpoint are the only two differences from production
const client = new ocr.default(new Config({
  accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  securityToken: process.env.ALIBABA_CLOUD_SECURITY_TOKEN,
  protocol: "{{scheme}}",
  endpoint: "{{authority}}",
}));
const answer = await client.recognizeIdcard(
  new ocr.RecognizeIdcardRequest({ body: createReadStream("front.jpg") }),
);
console.log(JSON.parse(answer.body.data).data.face.data.name);

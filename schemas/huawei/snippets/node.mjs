// SDK-HMAC-SHA256 by hand: needs Node 18 or newer and nothing else
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const { CLOUD_SDK_AK, CLOUD_SDK_SK, CLOUD_SDK_PROJECT_ID, CLOUD_SDK_SECURITY_TOKEN } = process.env;
const hash = (data) => createHash("sha256").update(data).digest("hex");

const url = new URL(`{{url}}/v2/${CLOUD_SDK_PROJECT_ID}/ocr/id-card`);
const body = JSON.stringify({ image: readFileSync("front.jpg").toString("base64"), side: "front" });
const moment = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
const headers = { "content-type": "application/json", host: url.host, "x-sdk-date": moment };
if (CLOUD_SDK_SECURITY_TOKEN) headers["x-security-token"] = CLOUD_SDK_SECURITY_TOKEN;

const names = Object.keys(headers).sort();
const lines = names.map((name) => `${name}:${headers[name]}\n`).join("");
// the path is signed with a slash at its end
const canonical = ["POST", `${url.pathname}/`, "", lines, names.join(";"), hash(body)].join("\n");
const toSign = ["SDK-HMAC-SHA256", moment, hash(canonical)].join("\n");
const signature = createHmac("sha256", CLOUD_SDK_SK).update(toSign).digest("hex");
headers.authorization = `SDK-HMAC-SHA256 Access=${CLOUD_SDK_AK}, SignedHeaders=${names.join(";")}, Signature=${signature}`;

const answer = await (await fetch(url, { method: "POST", headers, body })).json();
if (answer.error_code) throw new Error(`${answer.error_code}: ${answer.error_msg}`);
console.log(answer.result.name);

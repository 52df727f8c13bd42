// Node 18 or newer and nothing else
import { readFileSync } from "node:fs";

const image = "data:image/jpeg;base64," + readFileSync("front.jpg").toString("base64");
// the address is the only difference from production
const reply = await fetch("{{url}}/idcard/ocr", {
  method: "POST",
  headers: {
    Authorization: `APPCODE ${process.env.ALIMARKET_APPCODE}`,
    "Content-Type": "application/json; charset=utf-8",
  },
  body: JSON.stringify({ image }),
});
const text = await reply.text();
// the gateway refuses in headers, the seller in the body
if (!text) throw new Error(`gateway ${reply.status}: ${reply.headers.get("X-Ca-Error-Message")}`);
const answer = JSON.parse(text);
if (answer.status !== 200) throw new Error(answer.msg);
console.log(answer.data.name);

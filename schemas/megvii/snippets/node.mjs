// Node 20 or newer and nothing else
import { openAsBlob } from "node:fs";

const form = new FormData();
form.set("api_key", process.env.MEGVII_API_KEY);
form.set("api_secret", process.env.MEGVII_API_SECRET);
form.set("return_portrait", "0");
form.set("image", await openAsBlob("front.jpg"), "front.jpg");

// the address is the only difference from production
const reply = await fetch("{{url}}/faceid/v3/ocridcard", { method: "POST", body: form });
if (reply.status === 413) throw new Error(await reply.text()); // the one answer that is not JSON
const answer = await reply.json();
if (!reply.ok) throw new Error(answer.error ?? answer.error_message);
console.log(answer.name.result);

// What the pages do beside htmx: copy buttons, pausing the journal, telling what changed. Without it all can be read.
"use strict";

// Copying. The clipboard needs a safe context; elsewhere (plain HTTP to another machine) a selection is copied.
async function copy(text, place) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(place);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  document.execCommand("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const place = document.getElementById(button.dataset.copy);
  await copy(place.textContent, place);
  const label = button.textContent;
  if (label === button.dataset.done) return;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 1500);
});

function reveal(within) {
  for (const element of within.querySelectorAll("button[data-copy][hidden], label.live[hidden]")) element.hidden = false;
}

// A form that got no answer at all says so; one that got any shows it.
document.addEventListener("htmx:error", (event) => {
  const place = document.getElementById("failed");
  if (place && event.detail.ctx && !isJournal(event)) place.textContent = place.dataset.says;
});
document.addEventListener("htmx:before:request", () => {
  const place = document.getElementById("failed");
  if (place) place.textContent = "";
});

// Another language of what is shown now, which may be more than was there when the page came.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[hreflang]");
  if (!link) return;
  const address = new URL(location.href);
  address.searchParams.set("lang", link.hreflang);
  link.href = address.href;
});

// The journal: the stream brings it. Where a stream is refused or breaks, or nothing is heard from it, the journal is
// asked for every second. Either only while somebody can see it and wants it to change.
const ANNOUNCE_MS = 5000;
const QUIET_MS = 10000;
const journal = {fresh: 0, newest: "", told: 0, heard: Date.now(), stream: null};

function isJournal(event) {
  return event.target.id === "entries" || event.target.id === "stream";
}

function isWanted() {
  return !document.hidden && document.getElementById("live").checked;
}

document.addEventListener("htmx:before:request", (event) => {
  if (!isJournal(event)) return;
  const needless = event.target.id === "entries" && Date.now() - journal.heard < QUIET_MS;
  if (needless || !isWanted()) event.preventDefault();
});

function connection(lost) {
  const place = document.getElementById("connection");
  if (place && Boolean(place.textContent) !== lost) place.textContent = lost ? place.dataset.lost : "";
}

function heard() {
  journal.heard = Date.now();
  connection(false);
}

document.addEventListener("htmx:sse:after:connection", (event) => {
  journal.stream = event.detail.connection;
  heard();
});
document.addEventListener("htmx:sse:before:message", heard);
document.addEventListener("htmx:sse:error", () => { journal.heard = 0; });
document.addEventListener("visibilitychange", () => { journal.heard = Date.now(); });
// A stream that has ended comes again by itself, unless nobody wants it any more.
document.addEventListener("htmx:sse:before:connection", (event) => { if (!isWanted()) event.preventDefault(); });
document.addEventListener("change", (event) => {
  if (event.target.id !== "live") return;
  journal.heard = Date.now();
  if (!event.target.checked) journal.stream?.reader?.cancel();
});

function unanswered(event) {
  if (event.target.id === "stream") journal.heard = 0;
  if (event.target.id === "entries") connection(true);
}

document.addEventListener("htmx:error", unanswered);
document.addEventListener("htmx:response:error", unanswered);
document.addEventListener("htmx:after:request", (event) => {
  if (event.target.id === "entries" && event.detail.ctx.response.status < 400) connection(false);
});

// A screen reader is told how many entries came, at most every few seconds, and never reads out the table.
function count(rows) {
  let found = 0;
  for (const row of rows) {
    if (row.id === journal.newest) break;
    found += 1;
  }
  return found;
}

function announce() {
  const entries = document.getElementById("entries");
  if (!entries) return;
  const rows = entries.querySelectorAll("tbody tr");
  journal.fresh += count(rows);
  journal.newest = rows.length ? rows[0].id : "";
  const now = Date.now();
  if (!journal.fresh || now - journal.told < ANNOUNCE_MS) return;
  const place = document.getElementById("announced");
  place.textContent = place.dataset.says.replace("{count}", journal.fresh);
  journal.fresh = 0;
  journal.told = now;
}

document.addEventListener("htmx:after:swap", (event) => {
  reveal(document);
  if (isJournal(event)) announce();
  // The address of what is shown, so that it can be kept and passed on.
  const shown = document.querySelector("[data-address]");
  if (shown) history.replaceState(null, "", shown.dataset.address);
  // What a form has led to is where a keyboard goes on from.
  const wanted = event.detail.ctx.sourceElement?.dataset?.focus;
  if (wanted) (document.getElementById(wanted) || document.querySelector("[aria-invalid=true]"))?.focus();
});

document.addEventListener("DOMContentLoaded", () => {
  reveal(document);
  const first = document.querySelector("#entries tbody tr");
  journal.newest = first ? first.id : "";
});

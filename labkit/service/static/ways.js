// Two ways to ask the service. Each tells what comes, and returns when no more will come:
//   told(name, data, id)  at each SSE event, its data still as text
//   lost(), back()        when the connection is lost, and when it is open
//   note(text)            at each request, for the log
// `signal` ends it. All addresses are relative: the page may live below a path, behind a proxy.

import { events } from "./sse.js";

const NAMES = ["started", "tool_started", "tool_finished", "token", "done", "error"];
const LAST = new Set(["done", "error"]);

/** The service says no, and why. */
export class Refusal extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/** Ask with one POST and read its body. Raises Refusal; a cut connection ends it as an end does. */
export async function byFetch({ question, told, back, ...asked }) {
  const reply = await request("POST", "v1/chat", { question }, asked);
  const type = reply.headers.get("content-type") ?? "nothing";
  if (!type.startsWith("text/event-stream")) {
    throw new Refusal(`Expected an event stream, but ${type} came. Load the page again.`, reply.status);
  }
  back();
  const broke = (error) => asked.note(`the connection broke: ${error.message}`);
  for await (const { name, data, id } of events(reply.body, broke)) told(name, data, id);
}

/** Ask for a ticket, then with an EventSource, which comes back by itself when it is cut. */
export async function byEventSource({ question, told, back, lost, ...asked }) {
  const { ticket } = await (await request("POST", "v1/tickets", undefined, asked)).json();
  asked.note("GET stream");
  const source = new EventSource(`stream?${new URLSearchParams({ question, ticket })}`);
  let answer = "";
  let whole = false;
  const hear = (event) => {
    answer = event.lastEventId.replace(/\.\d+$/, "");
    whole = LAST.has(event.type);
    told(event.type, event.data, event.lastEventId);
    return whole;
  };
  try {
    await listen(source, { signal: asked.signal, hear, back, lost });
  } finally {
    source.close(); // an open one would ask again
    if (answer && !whole) leave(answer, asked);
  }
  if (!answer) throw new Refusal("It is refused. EventSource cannot say why: fetch can.", 0);
}

/** Return when the EventSource has its last event, or has given up; `hear` tells which is last. */
function listen(source, { signal, hear, back, lost }) {
  return new Promise((resolve, reject) => {
    const heard = (event) => {
      if (event instanceof MessageEvent) return hear(event) && resolve();
      if (source.readyState === EventSource.CLOSED) return resolve();
      return lost(); // an `error` of the browser's own: it connects again
    };
    signal.addEventListener("abort", () => reject(signal.reason));
    source.onopen = back;
    for (const name of NAMES) {
      source.addEventListener(name, (event) => attempt(heard, event, reject));
    }
  });
}

function attempt(act, event, reject) {
  try {
    act(event);
  } catch (error) {
    reject(error);
  }
}

/** Say that nobody reads this answer any more; the service would keep it for one who comes back. */
async function leave(answer, { token, note }) {
  const asked = { token, note, keepalive: true };
  try {
    await request("DELETE", `v1/answers/${encodeURIComponent(answer)}`, undefined, asked);
  } catch (error) {
    note(`the answer could not be ended: ${error.message}`);
  }
}

/** Send a request; return its response, or raise Refusal with the sentence that came. */
async function request(method, path, json, { token, note, ...options }) {
  // Through Jupyter's proxy a stream passes as it comes for exactly this Accept only.
  const headers = { Accept: json ? "text/event-stream" : "application/json" };
  if (json) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  const reply = await fetch(path, { method, headers, body: json && JSON.stringify(json), ...options })
    .catch((error) => Promise.reject(unreachable(error)));
  note(`${method} ${path} → ${reply.status}`);
  if (!reply.ok) throw new Refusal(await sentence(reply), reply.status);
  return reply;
}

function unreachable(error) {
  if (error.name === "AbortError") return error;
  return new Refusal(`The service does not answer (${error.message}). Does it run?`, 0);
}

/** Return the sentence of a refusal: its `detail`, which FastAPI's 422 gives as a list. */
async function sentence(reply) {
  const { detail } = await reply.json().catch(() => ({}));
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return `The service answers with status ${reply.status}.`;
  const faults = detail.map(({ loc, msg }) => `${loc?.at(-1) ?? "request"}: ${msg}`);
  return `The service cannot read this. ${faults.join("; ")}.`;
}

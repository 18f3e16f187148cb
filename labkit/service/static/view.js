// What the page shows of one answer after another. All that comes is shown as text, never as markup.

const LOG_LINES = 200;
const SHORT = 100;
const LONG = 600;

const main = document.querySelector("main");
const status = main.querySelector(".status");
const steps = main.querySelector(".steps ol");
const answer = main.querySelector(".answer");
const log = main.querySelector(".log");
const count = main.querySelector(".count");

let text = ""; // has come, and is not shown yet
let lines = []; // of the log, the same
let logged = 0;
let frame = 0;
let running = new Map(); // the steps that have not finished, by their call

/** Empty the page for a new answer. */
export function clear() {
  show();
  steps.replaceChildren();
  answer.replaceChildren();
  log.replaceChildren();
  count.textContent = "";
  running = new Map();
  logged = 0;
}

/** Say in one line how it stands; `state` is what its colour follows. */
export function say(state, sentence) {
  main.dataset.state = state;
  if (status.textContent !== sentence) status.textContent = sentence; // else it is read out again
}

/** Add a delta to the answer, in the next animation frame. */
export function addText(delta) {
  text += delta;
  ask();
}

/** Begin a paragraph, if the text so far does not end with one: a step comes between. */
export function addBreak() {
  if (/[^\n]$/.test(text || (answer.lastChild?.data ?? ""))) addText("\n\n");
}

/** Add a line to the log, in the next animation frame. */
export function addLine(line) {
  lines.push(clip(line, LONG));
  logged += 1;
  ask();
}

/** Show everything that has come. */
export function show() {
  cancelAnimationFrame(frame);
  frame = 0;
  if (text) answer.append(text);
  if (lines.length) showLines();
  text = "";
  lines = [];
}

function ask() {
  frame ||= requestAnimationFrame(show);
}

function showLines() {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
  log.append(...lines.slice(-LOG_LINES).map((line) => element("div", "", line)));
  while (log.childElementCount > LOG_LINES) log.firstChild.remove();
  const of = logged > LOG_LINES ? `the last ${LOG_LINES} of ` : "";
  if (atEnd) log.scrollTop = log.scrollHeight; // follow, unless somebody reads further up
  count.textContent = `(${of}${logged} ${logged === 1 ? "line" : "lines"})`;
}

/** Show a tool that runs. */
export function startStep({ call, name, arguments: given }) {
  const asked = Object.entries(given).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const made = element("li", "running", "");
  const written = `(${clip(asked.join(", "), SHORT)})`;
  made.append(element("code", "", element("b", "", name), written), element("span", "", "running…"));
  steps.append(made);
  running.set(call, made);
}

/** Show that a tool has finished, how long it took, and whether it failed. */
export function endStep({ call, name, seconds, ok }) {
  if (!running.has(call)) startStep({ call, name, arguments: {} }); // its start was not seen
  mark(running.get(call), ok ? "ok" : "failed", `${ok ? "✓" : "✗ failed after"} ${seconds.toFixed(2)} s`);
  running.delete(call);
}

/** Mark the tools that were left running when the answer ended. */
export function endSteps() {
  for (const made of running.values()) mark(made, "failed", "not finished");
  running.clear();
}

function mark(made, name, words) {
  made.className = name;
  made.lastChild.textContent = words;
}

/** Make an element; a string among its children becomes text. */
function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

function clip(line, length) {
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

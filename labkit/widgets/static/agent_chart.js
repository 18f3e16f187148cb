const LANE = 20; // height of a lane in px
const MOST_LANES = 12; // that are seen without scrolling
const LONGEST_LABEL = 22;
const SPEAKER_COLORS = 6; // in agent_view.css

const inWords = (name) => name.replaceAll("_", " ").split(/\s+/).join(" ").trim() || name || "tool";
// Cut in the middle: names that begin alike, and their numbers, differ at the end.
const inShort = (label) => (label.length > LONGEST_LABEL ? `${label.slice(0, 12)} … ${label.slice(-7)}` : label);
const percent = (part, whole) => `${((part / whole) * 100).toFixed(3)}%`;

/** The turns and the tools in time, as labkit.spans has them; in ms since the beginning. */
function spanLog() {
  const spans = [];
  const names = new Map();
  const speakers = new Map(); // "" is the one model of a plain agent
  let lanes = 1; // the first is kept for who speaks first
  let colors = 0;
  let turn = null;
  const log = { spans, turns: 0, tools: 0, ttftMs: null, answerMs: null };
  const begin = (span) => spans[spans.push(span) - 1];
  const endTurn = (ms) => turn && (turn.endMs ??= ms);
  const newSpeaker = (name) => {
    const lane = speakers.size ? lanes++ : 0;
    return name ? { lane, label: inWords(name), color: (colors++ % SPEAKER_COLORS) + 1 } : { lane, label: "model" };
  };
  /** Begin a turn of the model, or of a speaker: its label and colour are returned. */
  const beginTurn = (ms, name = "") => {
    endTurn(ms);
    log.turns += 1;
    log.answerMs = null;
    if (!speakers.has(name)) speakers.set(name, newSpeaker(name));
    turn = begin({ kind: "model", ...speakers.get(name), startMs: ms });
    return name ? speakers.get(name) : null;
  };
  const delta = (ms) => {
    if (!turn) beginTurn(0);
    turn.firstMs ??= ms;
    if (turn.endMs !== undefined) turn.endMs = ms; // a tool has begun while the model goes on
  };
  const text = (ms) => {
    delta(ms);
    log.ttftMs ??= ms;
    log.answerMs ??= ms;
  };
  const beginTool = (name, ms) => {
    endTurn(ms);
    const number = (names.get(name) ?? 0) + 1;
    names.set(name, number);
    log.tools += 1;
    const label = inWords(name) + (number > 1 ? ` ${number}` : "");
    return begin({ kind: "tool", lane: lanes++, label, startMs: ms });
  };
  const end = (ms) => spans.forEach((span) => (span.endMs ??= ms));
  return Object.assign(log, { beginTurn, endTurn, delta, text, beginTool, end });
}

/** The chart: time runs from left to right, the model or each speaker has a lane, and so has each tool call. */
function chartPane(log) {
  const names = svg("svg", { class: "labkit-chart-names", "aria-hidden": "true" });
  const plot = svg("svg", { class: "labkit-chart-plot", role: "img" });
  const axis = svg("svg", { class: "labkit-chart-plot", height: LANE, "aria-hidden": "true" });
  const grid = plot.appendChild(svg("g", { class: "labkit-chart-grid" }));
  const el = element(
    "div",
    { class: "labkit-chart", role: "group", "aria-label": "Time chart" },
    element("div", { class: "labkit-chart-row" }, names, plot),
    element("div", { class: "labkit-chart-row labkit-chart-axis" }, element("span", { class: "labkit-chart-names" }), axis),
  );
  const drawn = []; // for each span its parts
  const lanes = []; // for each its name
  let spanMs = 0;
  const addLane = () => {
    const name = names.appendChild(svg("text", { x: 0, y: lanes.length * LANE + LANE / 2 }));
    lanes.push(name);
    for (const each of [names, plot]) each.setAttribute("height", lanes.length * LANE);
    if (lanes.length > MOST_LANES) el.setAttribute("tabindex", "0");
  };
  const nameLane = (lane, { label, color }, more = "") => {
    if (lane >= lanes.length) addLane();
    lanes[lane].replaceChildren(svg("title", {}, label + more), inShort(label));
    if (color) lanes[lane].dataset.speaker = color;
  };
  const addSpan = (span) => {
    nameLane(span.lane, span);
    const look = { class: "labkit-bar", y: span.lane * LANE + 4, height: LANE - 8, "data-kind": span.kind };
    if (span.color) look["data-speaker"] = span.color;
    const wait = svg("rect", { ...look, "data-kind": "wait" });
    const bar = svg("rect", look);
    const sign = svg("text", { y: span.lane * LANE + LANE / 2, class: "labkit-bar-sign" });
    plot.append(wait, bar, sign);
    drawn.push({ wait, bar, sign });
  };
  const place = (rect, fromMs, toMs, leastMs) => {
    rect.setAttribute("x", percent(fromMs, spanMs));
    rect.setAttribute("width", percent(Math.max(toMs - fromMs, leastMs), spanMs));
  };
  const drawSpan = ({ kind, startMs, firstMs, endMs, outcome }, { wait, bar, sign }, nowMs) => {
    const untilMs = endMs ?? nowMs;
    const spokenMs = kind === "tool" ? startMs : (firstMs ?? untilMs);
    place(wait, startMs, spokenMs, 0);
    place(bar, spokenMs, untilMs, kind === "tool" ? spanMs * 0.003 : 0);
    bar.dataset.outcome = outcome ?? "";
    if (outcome !== "failed") return;
    const late = untilMs > spanMs * 0.95;
    sign.textContent = "✗";
    sign.setAttribute("x", percent(late ? startMs : untilMs, spanMs));
    sign.setAttribute("dx", late ? -4 : 4);
    sign.setAttribute("text-anchor", late ? "end" : "start");
  };
  const drawAxis = () => {
    grid.replaceChildren();
    axis.replaceChildren();
    for (const ms of ticksMs(spanMs)) {
      const x = percent(ms, spanMs);
      grid.append(svg("line", { x1: x, x2: x, y1: 0, y2: "100%" }));
      const anchor = ms === 0 ? "start" : ms > spanMs * 0.96 ? "end" : "middle";
      axis.append(svg("text", { x, y: LANE / 2, "text-anchor": anchor }, `${ms / 1000} s`));
    }
  };
  return {
    el,
    draw(lengthMs, nowMs) {
      if (lengthMs !== spanMs) {
        spanMs = lengthMs;
        drawAxis();
      }
      if (!lanes.length) nameLane(0, { label: "model" }); // until the first turn says who speaks
      for (const span of log.spans.slice(drawn.length)) keepingEnd(el, () => addSpan(span));
      log.spans.forEach((span, i) => drawSpan(span, drawn[i], nowMs));
    },
    describe() {
      const from = ({ startMs, endMs }) => `${(startMs / 1000).toFixed(1)} to ${(endMs / 1000).toFixed(1)} s`;
      const said = log.spans.map((each) => `${each.label} ${from(each)}${each.outcome === "failed" ? ", failed" : ""}`);
      plot.setAttribute("aria-label", said.slice(0, 40).join("; "));
      for (const each of log.spans.filter(({ color }) => color)) nameLane(each.lane, each, `: ${spokenFor(log, each.lane)}`);
    },
  };
}

/** How long the turns in a lane have taken. */
function spokenFor(log, lane) {
  const turns = log.spans.filter((span) => span.lane === lane);
  const took = turns.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  return `${(took / 1000).toFixed(1)} s in ${turns.length} ${turns.length === 1 ? "turn" : "turns"}`;
}

/** At most seven round times, from 0. */
function ticksMs(spanMs) {
  let step = 1;
  for (let i = 0; spanMs / step > 6; i += 1) step *= i % 3 === 1 ? 2.5 : 2; // 1, 2, 5, 10, …
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, i) => i * step);
}

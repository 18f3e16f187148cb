const LANE = 20; // height of a lane in px
const MOST_LANES = 12; // that are seen without scrolling
const LONGEST_LABEL = 22;

const inWords = (name) => name.replaceAll("_", " ").split(/\s+/).join(" ").trim() || "tool";
// Cut in the middle: names that begin alike, and their numbers, differ at the end.
const inShort = (label) => (label.length > LONGEST_LABEL ? `${label.slice(0, 12)} … ${label.slice(-7)}` : label);
const percent = (part, whole) => `${((part / whole) * 100).toFixed(3)}%`;

/** The turns and the tools in time, as labkit.spans has them; in ms since the beginning. */
function spanLog() {
  const spans = [];
  const names = new Map();
  let turn = null;
  const log = { spans, turns: 0, tools: 0, ttftMs: null, answerMs: null };
  const begin = (span) => spans[spans.push(span) - 1];
  const endTurn = (ms) => turn && (turn.endMs ??= ms);
  const beginTurn = (ms) => {
    endTurn(ms);
    log.turns += 1;
    log.answerMs = null;
    turn = begin({ kind: "model", lane: 0, label: "model", startMs: ms });
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
    return begin({ kind: "tool", lane: log.tools, label, startMs: ms });
  };
  const end = (ms) => spans.forEach((span) => (span.endMs ??= ms));
  return Object.assign(log, { beginTurn, endTurn, delta, text, beginTool, end });
}

/** The chart: time runs from left to right, the model has a lane, and so has each tool call. */
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
  let lanes = 0;
  let spanMs = 0;
  const addLane = (label) => {
    const name = svg("text", { x: 0, y: lanes * LANE + LANE / 2 }, inShort(label));
    name.prepend(svg("title", {}, label));
    names.append(name);
    lanes += 1;
    for (const each of [names, plot]) each.setAttribute("height", lanes * LANE);
    if (lanes > MOST_LANES) el.setAttribute("tabindex", "0");
  };
  const addSpan = (span) => {
    if (span.lane >= lanes) addLane(span.label);
    const look = { class: "labkit-bar", y: span.lane * LANE + 4, height: LANE - 8, "data-kind": span.kind };
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
      if (!lanes) addLane("model");
      for (const span of log.spans.slice(drawn.length)) keepingEnd(el, () => addSpan(span));
      log.spans.forEach((span, i) => drawSpan(span, drawn[i], nowMs));
    },
    describe() {
      const from = ({ startMs, endMs }) => `${(startMs / 1000).toFixed(1)} to ${(endMs / 1000).toFixed(1)} s`;
      const said = log.spans.map((each) => `${each.label} ${from(each)}${each.outcome === "failed" ? ", failed" : ""}`);
      plot.setAttribute("aria-label", said.slice(0, 40).join("; "));
    },
  };
}

/** At most seven round times, from 0. */
function ticksMs(spanMs) {
  let step = 1;
  for (let i = 0; spanMs / step > 6; i += 1) step *= i % 3 === 1 ? 2.5 : 2; // 1, 2, 5, 10, …
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, i) => i * step);
}

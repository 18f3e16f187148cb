const SIGNS = {
  forming: ["…", "forming"],
  running: ["●", "running"],
  finished: ["✓", "finished"],
  failed: ["✗", "failed"],
  broken: ["–", "broken off"],
};

/** One tool call: its sign, name and clock, its arguments as they grow, and what came of it. */
function callRow() {
  const sign = element("span", { class: "labkit-sign", role: "img" });
  const label = element("span", { class: "labkit-call-name" });
  const clock = element("span", { class: "labkit-call-clock" });
  const summary = element("span", { class: "labkit-call-summary" });
  const text = element("pre", { class: "labkit-arguments", "aria-label": "Arguments" });
  const whole = element("pre", { class: "labkit-result", tabindex: "0", "aria-label": "Result" });
  const result = element("details", { class: "labkit-details" }, element("summary", {}, "result"), whole);
  const el = element("div", { class: "labkit-call" }, sign, label, clock, summary, text, result);
  const grown = growing(text);
  const row = { el, name: "", state: "", span: null };
  let pending = "";
  const set = (state) => {
    row.state = el.dataset.state = state;
    [sign.textContent] = SIGNS[state];
    sign.setAttribute("aria-label", SIGNS[state][1]);
  };
  set("forming");
  return Object.assign(row, {
    form(name, fragment) {
      row.name ||= name;
      label.textContent = row.span?.label ?? inWords(row.name);
      pending += fragment;
    },
    /** Draw the fragments that have come: once in a frame, for it asks for the layout. */
    draw() {
      if (pending) keepingEnd(text, () => grown.add([pending], pending.length));
      pending = "";
    },
    start(span) {
      row.span = span;
      label.textContent = span.label;
      set("running");
    },
    tick: (nowMs) => row.state === "running" && (clock.textContent = `${((nowMs - row.span.startMs) / 1000).toFixed(1)} s`),
    end(outcome, tookS, words, full) {
      set(outcome);
      if (tookS != null) clock.textContent = seconds(tookS);
      summary.textContent = words;
      if (full) whole.textContent = full;
      result.dataset.ready = full ? "yes" : "";
    },
  });
}

/** Who speaks in a turn, and in which turn; the whole name can be read where it is cut. */
function speakerLine(label, turns) {
  const name = element("bdi", { class: "labkit-speaker-name", title: label }, label);
  const number = element("span", { class: "labkit-turn-number" }, `turn ${turns}`);
  return element("div", { class: "labkit-speaker" }, name, number);
}

/** The steps in order: what is said in each turn, and the tools that are called. */
function stepsPane() {
  const el = element("div", { class: "labkit-steps", tabindex: "0", role: "group", "aria-label": "Steps and answer" });
  const rows = [];
  let turns = 0;
  let said, grown, calls, list, speaker; // of the last turn
  // What a plain agent said before a call or another turn is not the answer; in a conversation each turn counts.
  const aside = () => said && !speaker && (said.dataset.aside = "");
  const begin = (who = null) => {
    aside();
    turns += 1;
    speaker = who;
    said = element("div", { class: "labkit-text labkit-said" });
    grown = growing(said);
    list = element("div", { class: "labkit-calls" });
    calls = new Map();
    const number = element("div", { class: "labkit-turn-number" }, `turn ${turns}`);
    const turn = element("section", { class: "labkit-turn", "aria-label": `Turn ${turns}` }, who ? speakerLine(who.label, turns) : number, said, list);
    if (who) {
      turn.dataset.speaker = who.color;
      turn.setAttribute("aria-label", `Turn ${turns}, ${who.label}`);
    }
    el.append(turn);
  };
  const replace = (tree) => said.replaceChildren(fromTree(tree));
  return {
    el,
    rows,
    begin,
    say: (text) => {
      if (!turns) begin();
      grown.add([text], text.length);
    },
    /** Return the row of a call of this turn, a new one if it has none. */
    row(call) {
      if (!turns) begin();
      if (!calls.has(call)) {
        aside();
        calls.set(call, callRow());
        rows.push(calls.get(call));
        list.append(calls.get(call).el);
      }
      return calls.get(call);
    },
    /** Put what was said in the last turn in its final form. */
    format: (tree) => tree?.length && replace(tree),
    /** Do so with the answer; who has read along sees where it begins. */
    conclude(tree) {
      if (!turns) begin();
      delete said.dataset.aside;
      keepingEnd(el, () => replace(tree));
      el.scrollTop = Math.min(el.scrollTop, said.parentElement.offsetTop - 4);
    },
    draw: () => rows.forEach((row) => row.draw()),
    tick: (nowMs) => rows.forEach((row) => row.tick(nowMs)),
    breakOff: () => rows.forEach((row) => ["forming", "running"].includes(row.state) && row.end("broken", null, "nothing came of it")),
  };
}

/** Apply one row that labkit's agent_frames module makes. Returns what the agent now does. */
function applyRow([kind, ms, ...rest], log, steps) {
  const begun = (row, atMs) => row.start(log.beginTool(row.name, atMs));
  const running = () => steps.rows.filter((row) => row.state === "running").length;
  if (kind === "turn") {
    const [speaker, before] = rest;
    steps.format(before);
    steps.begin(log.beginTurn(ms, speaker));
  } else if (kind === "text") {
    const [text] = rest;
    if (text) log.text(ms);
    steps.say(text);
    return "answering …";
  } else if (kind === "done") {
    log.endTurn(ms);
  } else {
    const [call, name, ...what] = rest;
    const row = steps.row(call);
    row.form(name, kind === "forming" || kind === "started" ? what[0] : "");
    if (kind === "forming") {
      log.delta(ms);
      return "calling tools …";
    }
    log.endTurn(ms);
    if (kind === "started") begun(row, ms);
    else {
      const [tookS, ...said] = what;
      if (row.state === "forming") begun(row, Math.max(0, ms - (tookS ?? 0) * 1000)); // it failed before it ran
      Object.assign(row.span, { endMs: ms, outcome: kind });
      if (kind === "finished") row.end(kind, tookS, said[1], said[0]);
      else row.end(kind, tookS, said[0]);
    }
  }
  const tools = running();
  return tools ? `running ${tools} ${tools === 1 ? "tool" : "tools"} …` : "thinking …";
}

function render({ model, el }) {
  const log = spanLog();
  const steps = stepsPane();
  const chart = chartPane(log);
  const status = element("span", { class: "labkit-status", role: "status" });
  const figures = {
    turn: figure("turn", "how often the model was asked"),
    tools: figure("tool calls", "tools that have run or failed"),
    ttft: figure("TTFT", "time to first token: the first text of any turn, since the beginning"),
    answer: figure("answer after", "the first word of the answer, since the beginning"),
    elapsed: figure("elapsed", "since the beginning"),
    tokens: figure("tokens", "prompt and completion, all turns together; known at the end"),
  };
  const stopping = stopButton(model, status);
  const root = element("div", { class: "labkit labkit-agent" }, head(status, figures, stopping), chart.el, steps.el);
  el.append(root);

  const running = () => model.get("state") === "running";
  const pending = [];
  let lastMs = 0;
  let phase = model.get("note");
  // Elapsed time is counted here, from the last arrival that Python reported.
  let origin = performance.now();
  const totalMs = () => (model.get("figures").total_s ?? lastMs / 1000) * 1000;
  const nowMs = () => (running() ? Math.max(performance.now() - origin, lastMs) : totalMs());

  const showFigures = () => {
    const known = model.get("figures");
    const inSeconds = (ms) => (ms == null ? null : ms / 1000);
    figures.turn.set(String(log.turns));
    figures.tools.set(String(log.tools));
    figures.ttft.set(seconds(known.ttft_s ?? inSeconds(log.ttftMs)));
    figures.answer.set(seconds(known.answer_s ?? inSeconds(log.answerMs)));
    figures.elapsed.set(seconds(nowMs() / 1000));
    figures.tokens.set(known.tokens?.toLocaleString("en") ?? "–");
  };
  const tick = guarded(root, () => {
    chart.draw(running() ? axisMs(nowMs()) : Math.max(totalMs(), 1), nowMs());
    steps.tick(nowMs());
    showFigures();
  });
  const finish = () => {
    clearInterval(clock);
    log.end(totalMs());
    steps.breakOff();
    if (model.get("document")?.length) steps.conclude(model.get("document"));
    tick();
    chart.describe();
  };
  const draw = oncePerFrame(
    guarded(root, () => {
      keepingEnd(steps.el, () => {
        for (const row of pending.splice(0)) phase = applyRow(row, log, steps);
        steps.draw();
      });
      const note = running() ? phase : model.get("note");
      if (status.textContent !== note) status.textContent = note; // or it would be read out again
      if (running()) tick();
      else finish();
    }),
  );
  const showState = () => {
    root.dataset.state = model.get("state");
    stopping.hidden = !running();
    draw();
  };

  const clock = setInterval(tick, 100);
  const undo = [
    () => clearInterval(clock),
    draw.cancel,
    follow(model, "f", (frame) => {
      pending.push(...frame.rows);
      lastMs = frame.at_ms;
      origin = Math.min(origin, performance.now() - lastMs);
      draw();
    }),
    observe(model, ["state", "note", "document", "figures"], showState),
  ];
  return () => undo.forEach((each) => each());
}

export default { render };

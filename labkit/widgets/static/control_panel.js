/** A control with its label in front of it. */
function labelled(name, control, ...after) {
  return element("label", { class: "labkit-field" }, `${name} `, control, ...after);
}

function button(label, send) {
  const el = element("button", { type: "button" }, label);
  el.addEventListener("click", () => el.getAttribute("aria-disabled") !== "true" && send());
  return el;
}

function numberField(title) {
  return element("input", { type: "number", min: "0", title });
}

/** Take a fault apart: the kind it is of, its number, its `times`; kind -1 if there is none. */
function takenApart(fault, kinds) {
  const [, main, , times] = fault.match(/^(.*?)(;times=(\d+))?$/);
  const fits = (kind) => (kind.number ? main.startsWith(kind.fault) && /^[\d.]+$/.test(main.slice(kind.fault.length)) : main === kind.fault);
  const kind = kinds.findIndex(fits);
  return { kind, number: kind < 0 ? "" : main.slice(kinds[kind].fault.length), times: times ?? "" };
}

/** The fields of a fault: its kind, its number, how often it happens. Each change is sent at once. */
function faultFields(model, send) {
  const kinds = model.get("kinds");
  const kind = element("select", {}, ...kinds.map(({ label }, i) => element("option", { value: i }, label)));
  const other = element("option", { value: -1, hidden: "", disabled: "" });
  kind.append(other);
  const number = numberField("the number of this fault");
  const unit = element("span", {});
  const times = numberField("fail only so often for the same request; empty: always");
  times.placeholder = "always";
  times.min = "1";
  const numbered = labelled("after", number, " ", unit);
  const counted = labelled("times", times);
  const chosen = () => kinds[kind.value];
  const shape = () => {
    numbered.hidden = !chosen()?.number;
    counted.hidden = !chosen()?.times;
    unit.textContent = chosen()?.unit ?? "";
    numbered.firstChild.textContent = `${chosen()?.lead} `;
  };
  const changed = () => {
    const { fault, number: given, times: may } = chosen();
    if (given && !number.value) number.value = given;
    const often = may && times.value ? `;times=${times.value}` : "";
    send("fault", given ? `${fault}${number.value}${often}` : fault + often);
  };
  kind.addEventListener("change", () => {
    number.value = chosen().number;
    if (!chosen().times) times.value = "";
    shape();
    changed();
  });
  for (const field of [number, times]) field.addEventListener("change", changed);
  const show = () => {
    const now = takenApart(model.get("fault"), kinds);
    other.textContent = now.kind < 0 ? model.get("fault") : "";
    kind.value = String(now.kind);
    // Who is typing goes on: the answer to an earlier change may come in between.
    if (!number.matches(":focus")) number.value = now.number;
    if (!times.matches(":focus")) times.value = now.times;
    shape();
  };
  return { els: [labelled("Fault", kind), numbered, counted], controls: [kind, number, times], show };
}

/** The choice of the pace; one that was set from Python and is not offered gets its own option. */
function paceField(model, send) {
  const paces = model.get("paces");
  const select = element("select", {}, ...paces.map(([label], i) => element("option", { value: i }, label)));
  const other = element("option", { value: -1, hidden: "", disabled: "" });
  select.append(other);
  select.addEventListener("change", () => send("pace", paces[select.value][1]));
  const show = () => {
    const pace = model.get("pace");
    const found = paces.findIndex(([, value]) => value === pace);
    other.textContent = found < 0 ? String(pace) : "";
    select.value = String(found);
  };
  return { el: labelled("Pace", select), controls: [select], show };
}

/** One policy: the text as its user sees it, what it says of it, and what is true. */
function card(name) {
  const state = element("span", { class: "labkit-shown-state" });
  const figures = {
    asked: figure("asked", "how often the model was asked"),
    ttft: figure("TTFT", "start of the trial to the first text"),
    elapsed: figure("elapsed", "since the trial began"),
  };
  const text = element("div", { class: "labkit-answer", tabindex: "0", role: "group", "aria-label": `What ${name} shows` });
  const verdict = element("p", { class: "labkit-trial-verdict" });
  const raised = element("p", { class: "labkit-raised" });
  const el = element(
    "section",
    { class: "labkit-trial", "aria-label": name },
    element("h4", {}, name, " ", state),
    element("div", { class: "labkit-figures" }, ...Object.values(figures).map((f) => f.el)),
    text,
    verdict,
    raised,
  );
  let began = null;
  const tick = () => began != null && figures.elapsed.set(seconds((performance.now() - began) / 1000));
  const apply = (update) => {
    el.dataset.phase = update.phase;
    el.dataset.state = update.state;
    if (update.phase === "running") began ??= performance.now() - update.seconds * 1000;
    else began = null;
    state.textContent = update.phase === "running" || update.phase === "done" ? update.state : update.phase;
    keepingEnd(text, () => {
      if (update.fresh) text.replaceChildren();
      if (update.text) text.append(update.text);
    });
    figures.asked.set(update.asked === 1 ? "once" : `${update.asked} times`);
    figures.ttft.set(seconds(update.ttft_s));
    if (update.phase !== "running") figures.elapsed.set(seconds(update.seconds));
    verdict.textContent = update.verdict;
    verdict.dataset.good = update.verdict ? String(update.good) : "";
    raised.textContent = update.raised;
  };
  const clear = (phase) => {
    apply({ phase, state: "", fresh: true, text: "", asked: 0, ttft_s: null, seconds: null, verdict: "", good: true, raised: "" });
  };
  return { el, tick, apply, clear };
}

function render({ model, el }) {
  const send = (type, value) => model.send({ type, value });
  const fault = faultFields(model, send);
  const pace = paceField(model, send);
  const run = button("Run", () => send("run"));
  run.classList.add("labkit-run");
  const stopping = button("Stop", () => send("stop"));
  stopping.classList.add("labkit-stop");
  const line = element("span", { role: "status" });
  const off = button("Switch off", () => send("reset"));
  const problem = element("p", { class: "labkit-problem", role: "alert" });
  const status = element("p", { class: "labkit-outcome", role: "status" });
  const cards = model.get("names").map(card);
  const root = element(
    "div",
    { class: "labkit labkit-panel" },
    element("div", { class: "labkit-form" }, ...fault.els, pace.el, element("span", { class: "labkit-buttons" }, run, stopping)),
    element("p", { class: "labkit-in-force" }, line, " ", off),
    problem,
    element("div", { class: "labkit-trials" }, ...cards.map((each) => each.el)),
    status,
  );
  el.append(root);

  let forget = () => {};
  const showRound = () => {
    forget();
    const phase = model.get("round") ? "waiting" : "not run yet";
    for (const each of cards) each.clear(phase);
    const apply = (updates) => updates.forEach((update) => cards[update.card].apply(update));
    forget = follow(model, `r${model.get("round")}f`, guarded(root, apply));
  };
  const showLine = () => {
    line.textContent = model.get("line");
    const on = model.get("fault") !== "" || model.get("pace") != null;
    root.dataset.on = String(on);
    if (!on && root.contains(document.activeElement) && document.activeElement === off) fault.controls[0].focus();
    off.hidden = !on;
  };
  const showProblem = () => {
    problem.textContent = model.get("problem");
    fault.show(); // what was refused is not in force
  };
  let clock = null;
  const showRunning = () => {
    const running = model.get("running");
    clearInterval(clock);
    if (running) clock = setInterval(() => cards.forEach((each) => each.tick()), 100);
    // Not `disabled`: a button that loses the focus would leave the keyboard nowhere.
    run.setAttribute("aria-disabled", String(running));
    stopping.setAttribute("aria-disabled", String(!running));
    const held = model.get("tabling");
    for (const each of [...fault.controls, ...pace.controls, off]) each.disabled = held;
    status.textContent = model.get("status");
  };
  const undo = [
    () => clearInterval(clock),
    () => forget(),
    observe(model, ["fault"], guarded(root, fault.show)),
    observe(model, ["pace"], guarded(root, pace.show)),
    observe(model, ["line", "fault", "pace"], showLine),
    observe(model, ["running", "tabling", "status"], showRunning),
    observe(model, ["problem"], guarded(root, showProblem)),
    observe(model, ["round"], guarded(root, showRound)),
  ];
  return () => undo.forEach((each) => each());
}

export default { render };

const LANES = { blocking: "Blocking", streamed: "Streamed" };

/** One lane: a clock that runs until there is something to read, and the text. */
function lane(name) {
  const clock = element("span", { class: "labkit-clock" }, "0.0 s");
  const caption = element("span", { class: "labkit-caption" }, "blank screen …");
  const text = element("div", { class: "labkit-answer", tabindex: "0", role: "group", "aria-label": `${name} answer` });
  const el = element("section", { class: "labkit-lane", "aria-label": name }, element("h4", {}, name), clock, caption, text);
  let readable = null;
  return {
    el,
    add(more) {
      if (!more) return;
      text.append(more);
      text.scrollTop = text.scrollHeight;
    },
    /** Stop the clock at the time when there was something to read. */
    stopAt(value) {
      if (value == null || readable != null) return;
      readable = value;
      el.dataset.readable = "";
      clock.textContent = seconds(value);
      caption.textContent = "until there is something to read";
    },
    tick(value) {
      if (readable == null) clock.textContent = `${value.toFixed(1)} s`;
    },
    format(tree) {
      text.replaceChildren(fromTree(tree));
      text.scrollTop = 0;
    },
  };
}

function render({ model, el }) {
  const started = performance.now();
  const lanes = Object.fromEntries(Object.entries(LANES).map(([key, name]) => [key, lane(name)]));
  const status = element("p", { class: "labkit-verdict", role: "status" });
  const root = element(
    "div",
    { class: "labkit labkit-race" },
    element("p", { class: "labkit-question" }, model.get("question")),
    element("div", { class: "labkit-lanes" }, lanes.blocking.el, lanes.streamed.el),
    status,
  );
  el.append(root);

  const clock = setInterval(() => {
    for (const each of Object.values(lanes)) each.tick((performance.now() - started) / 1000);
  }, 100);
  const stopClocks = (times) => {
    for (const [key, each] of Object.entries(lanes)) each.stopAt(times[key]);
  };
  const showEnd = () => {
    if (!model.get("ended")) return;
    clearInterval(clock);
    stopClocks(model.get("readable_s"));
    for (const [key, tree] of Object.entries(model.get("documents"))) lanes[key].format(tree);
    const { blocking, streamed } = model.get("readable_s");
    if (blocking && streamed) {
      status.textContent = `Something to read after ${seconds(streamed)} instead of ${seconds(blocking)}.`;
    }
  };
  const undo = [
    () => clearInterval(clock),
    follow(model, "f", guarded(root, (frame) => {
      stopClocks(frame.readable_s);
      for (const [key, each] of Object.entries(lanes)) each.add(frame[key]);
    })),
    observe(model, ["ended", "documents", "readable_s"], guarded(root, showEnd)),
  ];
  return () => undo.forEach((each) => each());
}

export default { render };

const COLUMNS = 500; // of the strip
const STRIP_HEIGHT = 28;
const PER_FRAME = 3000; // deltas drawn in one animation frame: well under 50 ms of work

/** Read LEB128 numbers (DWARF 5, section 7.6) from a DataView. */
function leb128(view) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (let i = 0; i < view.byteLength; i += 1) {
    const byte = view.getUint8(i);
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) {
      numbers.push(value);
      value = shift = 0;
    }
  }
  return numbers;
}

/** All deltas so far, of all frames: their texts and arrival times in ms. */
function readFrame(frame, log) {
  const numbers = leb128(frame.parts);
  let offset = 0;
  for (let i = 0; i < numbers.length; i += 1) {
    const size = Math.floor(numbers[i] / 2);
    if (numbers[i] % 2) log.lastMs += numbers[(i += 1)];
    log.texts.push(frame.text.slice(offset, offset + size));
    log.timesMs.push(log.lastMs);
    offset += size;
  }
}

/** The text pane: plain text that grows, with or without the borders of the deltas. */
function textPane(log) {
  const el = element("div", { class: "labkit-text", tabindex: "0", role: "group", "aria-label": "Streamed text" });
  const grown = growing(el);
  let drawn = 0;
  let bordered = false;
  const append = (texts) => {
    const size = texts.reduce((sum, text) => sum + text.length, 0);
    const borders = () => texts.map((text) => element("span", { class: "labkit-delta" }, text));
    grown.add(bordered ? borders() : [texts.join("")], size);
  };
  return {
    el,
    reset(withBorders) {
      grown.reset();
      drawn = 0;
      bordered = withBorders;
    },
    /** Draw what is new, at most PER_FRAME deltas of it; returns whether more is left. */
    draw() {
      const texts = log.texts.slice(drawn, drawn + PER_FRAME);
      drawn += texts.length;
      keepingEnd(el, () => {
        for (let i = 0; i < texts.length; i += 200) append(texts.slice(i, i + 200));
      });
      return drawn < log.texts.length;
    },
    format(tree) {
      el.replaceChildren(fromTree(tree));
      el.scrollTop = 0;
    },
  };
}

/** The strip: time runs from left to right, every delta is a tick, the wait before them is shaded. */
function stripPane(log) {
  const el = svg("svg", { class: "labkit-strip", viewBox: `0 0 ${COLUMNS} ${STRIP_HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const wait = el.appendChild(svg("rect", { class: "labkit-wait", x: 0, y: 0, width: 0, height: STRIP_HEIGHT }));
  const ticks = el.appendChild(svg("path", { class: "labkit-ticks" }));
  let spanMs = 0;
  let counted = 0;
  let counts = new Uint16Array(COLUMNS);
  return {
    el,
    /** Draw a strip of `lengthMs`; the request was sent `shiftMs` before the times' origin. */
    draw(lengthMs, shiftMs) {
      if (lengthMs !== spanMs) {
        spanMs = lengthMs;
        counted = 0;
        counts = new Uint16Array(COLUMNS);
      }
      for (; counted < log.timesMs.length; counted += 1) {
        const atMs = log.timesMs[counted] + shiftMs;
        counts[Math.min(COLUMNS - 1, Math.floor((atMs / spanMs) * COLUMNS))] += 1;
      }
      wait.setAttribute("width", log.timesMs.length ? ((log.timesMs[0] + shiftMs) / spanMs) * COLUMNS : 0);
      ticks.setAttribute("d", tickPath(counts));
      el.setAttribute("aria-label", `${log.timesMs.length} deltas over ${(log.lastMs / 1000).toFixed(1)} seconds`);
    },
  };
}

function tickPath(counts) {
  let path = "";
  counts.forEach((count, x) => {
    // One delta is half as high as the strip; each doubling adds a little.
    const height = Math.min(STRIP_HEIGHT - 2, 12 + 4 * Math.log2(count));
    if (count) path += `M${x + 0.5} ${STRIP_HEIGHT}v${-height.toFixed(1)}`;
  });
  return path;
}

function toggle(model, trait, label, title) {
  const el = element("button", { type: "button", title }, label);
  el.addEventListener("click", () => {
    model.set(trait, !model.get(trait));
    model.save_changes();
  });
  return { el, undo: observe(model, [trait], () => el.setAttribute("aria-pressed", String(model.get(trait)))) };
}

function render({ model, el }) {
  const log = { texts: [], timesMs: [], lastMs: 0 };
  const streaming = () => model.get("state") === "streaming";
  const started = performance.now();

  const status = element("span", { class: "labkit-status", role: "status" });
  const figures = {
    ttft: figure("TTFT", "time to first token: request sent to first non-empty delta"),
    elapsed: figure("elapsed", "since the request was sent"),
    rate: figure("deltas/s", "from the first delta to the last"),
    deltas: figure("deltas", "pieces of text received"),
    finish: figure("finish reason", "why the model ended; a broken stream has none"),
  };
  const deltas = toggle(model, "show_deltas", "Deltas", "Show where one delta ends and the next begins");
  const wire = toggle(model, "show_wire", "Wire", "Show the raw chunks as JSON");
  const stopping = stopButton(model, status);
  const text = textPane(log);
  const strip = stripPane(log);
  const chunks = element("pre", { class: "labkit-wire", tabindex: "0", "aria-label": "Raw chunks" });
  const root = element(
    "div",
    { class: "labkit labkit-stream" },
    head(status, figures, deltas.el, wire.el, stopping),
    strip.el,
    text.el,
    chunks,
  );
  el.append(root);

  // Elapsed time is counted here, from the last arrival that Python reported.
  let origin = started;
  const nowMs = () => (streaming() ? Math.max(performance.now() - origin, log.lastMs) : totalMs());
  const totalMs = () => (model.get("figures").total_s ?? log.lastMs / 1000) * 1000;
  const spanMs = () => (streaming() ? axisMs(nowMs()) : Math.max(totalMs(), 1));

  const showFigures = () => {
    const known = model.get("figures");
    const first = log.timesMs[0];
    const lasted = (log.lastMs - first) / 1000;
    const rate = known.deltas_per_s ?? (lasted > 0 ? (log.texts.length - 1) / lasted : null);
    figures.ttft.set(seconds(known.ttft_s ?? (first === undefined ? null : first / 1000)));
    figures.elapsed.set(seconds(nowMs() / 1000));
    figures.rate.set(rate == null ? "–" : rate.toFixed(0));
    figures.deltas.set(String(log.texts.length));
    figures.finish.set(known.finish_reason ?? "–");
  };

  const draw = oncePerFrame(
    guarded(root, () => {
      const formatted = !streaming() && model.get("document") && !model.get("show_deltas");
      if (formatted) text.format(model.get("document"));
      else if (text.draw()) draw();
      strip.draw(spanMs(), (model.get("figures").shift_s ?? 0) * 1000);
      showFigures();
    }),
  );
  const redraw = () => {
    text.reset(model.get("show_deltas"));
    draw();
  };
  const showState = () => {
    const state = model.get("state");
    root.dataset.state = state;
    status.textContent = model.get("note");
    stopping.hidden = state !== "streaming";
    if (state !== "streaming") clearInterval(clock);
  };

  const clock = setInterval(showFigures, 100);
  const undo = [
    deltas.undo,
    wire.undo,
    () => clearInterval(clock),
    draw.cancel,
    follow(model, "f", guarded(root, (frame) => {
      readFrame(frame, log);
      origin = Math.min(origin, performance.now() - log.lastMs);
      draw();
    })),
    follow(model, "w", (lines) => chunks.append(lines.map((line) => `${line}\n`).join(""))),
    observe(model, ["state", "note"], showState),
    observe(model, ["show_wire"], () => (chunks.hidden = !model.get("show_wire"))),
    observe(model, ["show_deltas", "document", "state"], redraw),
    observe(model, ["figures"], draw),
  ];
  return () => undo.forEach((each) => each());
}

export default { render };

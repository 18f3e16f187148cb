// What every widget of ours needs. This file is put in front of a widget's own module, so nothing
// here is exported.

/** Make an element. Children are nodes or strings; a string becomes text, never markup. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Call `apply` with each frame of the model, those it has and those to come. Returns the undo. */
function follow(model, prefix, apply) {
  let next = 0;
  const read = () => {
    for (let frame; (frame = model.get(prefix + next)) !== undefined; next += 1) apply(frame);
  };
  read();
  model.on("change", read);
  return () => model.off("change", read);
}

/** Call `apply` now and whenever one of the named traits changes. Returns the undo. */
function observe(model, names, apply) {
  for (const name of names) model.on(`change:${name}`, apply);
  apply();
  return () => names.forEach((name) => model.off(`change:${name}`, apply));
}

/** Run `draw` in the next animation frame, once, however often it is asked for. */
function oncePerFrame(draw) {
  let asked = 0;
  const ask = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  };
  ask.cancel = () => cancelAnimationFrame(asked);
  return ask;
}

// The tags that labkit's markdown module makes; no others are built.
const MARKDOWN_TAGS = new Set(
  "p ul ol li blockquote pre code em strong a br hr table thead tbody tr th td".split(" "),
);

/** Build elements from the nodes that labkit's markdown module makes. */
function fromTree(nodes) {
  const made = document.createDocumentFragment();
  for (const node of nodes) {
    if (typeof node === "string") made.append(node);
    else made.append(fromNode(node));
  }
  return made;
}

function fromNode([tag, attributes, ...children]) {
  if (!MARKDOWN_TAGS.has(tag)) return fromTree(children);
  const made = element(tag);
  if (tag === "a" && /^https?:/i.test(attributes.href ?? "")) {
    made.href = attributes.href;
    made.target = "_blank";
    made.rel = "noopener noreferrer nofollow";
  }
  if (tag === "ol" && attributes.start) made.start = Number(attributes.start);
  made.append(fromTree(children));
  return made;
}

/** Show what goes wrong in `work` inside the widget, where the learner sees it. */
function guarded(el, work) {
  return (...args) => {
    try {
      return work(...args);
    } catch (error) {
      el.append(element("p", { class: "labkit-problem", role: "alert" }, `labkit: ${error.message}`));
      throw error;
    }
  };
}

const seconds = (value) => (value == null ? "–" : `${value.toFixed(2)} s`);

/** One figure of the head: its name and a value that changes. */
function figure(name, title) {
  const value = element("span", { class: "labkit-value" }, "–");
  const el = element("span", { class: "labkit-figure", title }, `${name} `, value);
  return { el, set: (text) => value.textContent !== text && (value.textContent = text) };
}

/** The head of a live widget: how it is going, the figures, the buttons. */
function head(status, figures, ...buttons) {
  return element(
    "div",
    { class: "labkit-head" },
    status,
    element("span", { class: "labkit-figures" }, ...Object.values(figures).map((f) => f.el)),
    element("span", { class: "labkit-buttons" }, ...buttons),
  );
}

/** Ask for the end: by message where the kernel can listen, else by interrupting its loop. */
async function stop(model) {
  const kernel = model.widget_manager?.kernel;
  if (model.get("mode") === "interrupt" && kernel) await kernel.interrupt();
  else model.send({ type: "stop" });
}

/** The Stop button; `status` says so if Stop cannot reach the kernel. */
function stopButton(model, status) {
  const el = element("button", { type: "button", class: "labkit-stop" }, "Stop");
  el.addEventListener("click", () => {
    el.disabled = true;
    el.textContent = "Stopping …";
    stop(model).catch((error) => {
      status.textContent = `Stop did not reach the kernel: ${error.message}`;
      el.disabled = false;
    });
  });
  return el;
}

const BLOCK = 1500; // characters after which a new block starts, so that layout stays local

/** Text that grows at the end of `el`: `add` takes nodes or strings of `size` characters in all. */
function growing(el) {
  let block = null;
  let filled = 0;
  return {
    add(nodes, size) {
      if (!block || filled > BLOCK) {
        block = el.appendChild(element("span"));
        filled = 0;
      }
      block.append(...nodes);
      filled += size;
    },
    reset() {
      el.replaceChildren();
      block = null;
    },
  };
}

/** Change what is in a pane that scrolls; who has read to its end stays there. */
function keepingEnd(el, change) {
  const atEnd = el.scrollHeight - el.scrollTop - el.clientHeight < 40;
  change();
  if (atEnd && el.scrollHeight > el.clientHeight) el.scrollTop = el.scrollHeight;
}

/** Return how long a time axis must be in ms, so that it grows now and then and not all the time. */
function axisMs(nowMs) {
  let span = 2000;
  while (span < nowMs) span *= 1.5;
  return span;
}

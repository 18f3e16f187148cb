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

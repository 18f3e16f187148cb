
/** Text with `code` in backticks, as nodes. */
function inline(text) {
  const isCode = (i) => i % 2 === 1;
  const parts = text.split(/`([^`\n]+)`/);
  return parts.map((part, i) => (isCode(i) ? element("code", {}, part) : part));
}

function option(name, index, { text }, choose) {
  const radio = element("input", { type: "radio", name, value: String(index) });
  radio.addEventListener("change", () => choose(index));
  const label = element("label", {}, radio, element("span", {}, ...inline(text)));
  return { radio, label };
}

/** One question. `show(index)` marks an option and says its feedback; -1 is no option. */
function question({ question: text, options }, number, name, choose) {
  const made = options.map((each, i) => option(name, i, each, choose));
  const feedback = element("p", { class: "labkit-quiz-feedback", role: "status" });
  const legend = element("legend", {}, `${number}. `, ...inline(text));
  const el = element("fieldset", {}, legend, ...made.map(({ label }) => label), feedback);
  let shown = -1;
  return {
    el,
    show(index) {
      made.forEach(({ radio }, i) => (radio.checked = i === index));
      if (index === shown) return; // a second message would be read out a second time
      shown = index;
      feedback.replaceChildren(...(options[index] ? said(options[index]) : []));
      feedback.classList.toggle("labkit-quiz-right", Boolean(options[index]?.right));
      feedback.classList.toggle("labkit-quiz-wrong", options[index]?.right === false);
    },
  };
}

function said({ right, feedback }) {
  return [element("strong", {}, right ? "✓ Right. " : "✗ Not quite. "), ...inline(feedback)];
}

function draw({ model, el }) {
  // Radio buttons are grouped by name in the whole page, and each quiz has a copy of this module.
  const name = `labkit-quiz-${Math.random().toString(36).slice(2)}`;
  const choose = (which) => (index) => {
    model.set("chosen", model.get("chosen").with(which, index));
    model.save_changes();
  };
  const questions = model
    .get("questions")
    .map((each, i) => question(each, i + 1, `${name}-${i}`, choose(i)));
  const quiz = element("div", { class: "labkit labkit-quiz" }, ...questions.map((each) => each.el));
  el.append(quiz);
  const update = () => questions.forEach((each, i) => each.show(model.get("chosen")[i] ?? -1));
  const forget = observe(model, ["chosen"], update);
  return () => {
    forget();
    quiz.remove();
  };
}

export default { render: (context) => guarded(context.el, draw)(context) };

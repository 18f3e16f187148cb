// The page: asks in the way that is chosen, shows what comes, stops.

import { byEventSource, byFetch } from "./ways.js";
import * as view from "./view.js";

const WAYS = { fetch: byFetch, EventSource: byEventSource };
const CUT = "The answer was cut: this is not all of it.";

const [form] = document.forms;
const stopButton = form.querySelector(".stop");
let run = null; // the question that is being answered

/** One question: when it was asked, how its request ends, and whether it is over. */
class Run {
  #leave = new AbortController();
  #asked = performance.now();
  #ttft = null; // seconds until the first text that is not empty
  over = false;

  async start(way, question, token) {
    view.clear();
    this.#say("connecting", "Connecting…");
    stopButton.disabled = false;
    try {
      await WAYS[way]({ question, token, signal: this.#leave.signal, ...this.#hooks() });
      this.end("cut", CUT);
    } catch (error) {
      this.end("error", error.message);
      if (error.status === 401) form.token.focus();
    } finally {
      this.#leave.abort(); // whatever happened, no connection stays open
    }
  }

  stop() {
    this.end("stopped", "Stopped.");
    this.#leave.abort();
  }

  end(state, sentence) {
    if (this.over) return;
    this.#say(state, sentence);
    this.over = true;
    view.endSteps();
    view.show(); // a hidden page has no animation frames
    if (document.activeElement === stopButton) form.querySelector(".ask").focus();
    stopButton.disabled = true;
  }

  #hooks() {
    return {
      told: (name, data, id) => this.#told(name, data, id),
      back: () => this.#say("answering", "Answering…"),
      lost: () => this.#say("connecting", "Reconnecting…"),
      note: (line) => run === this && view.addLine(line),
    };
  }

  #say(state, sentence) {
    if (!this.over) view.say(state, sentence);
  }

  #told(name, data, id) {
    if (this.over) return;
    view.addLine(`${name} ${id} ${data}`);
    this.#on[name]?.(JSON.parse(data));
  }

  #on = {
    token: ({ text }) => {
      if (text) this.#ttft ??= this.#seconds();
      this.#say("answering", "Answering…");
      view.addText(text);
    },
    tool_started: (tool) => {
      view.addBreak();
      view.startStep(tool);
      this.#say("answering", `Running ${tool.name}…`);
    },
    tool_finished: (tool) => view.endStep(tool),
    done: (done) => this.end(done.finish_reason === "stop" ? "done" : "cut", this.#figures(done)),
    error: ({ message }) => this.end("error", message),
  };

  #seconds() {
    return (performance.now() - this.#asked) / 1000;
  }

  /** Return the last line: finish reason, TTFT and seconds as this reader saw them, usage. */
  #figures({ finish_reason: reason, usage }) {
    const figures = [`all after ${this.#seconds().toFixed(2)} s`]; // by the clock that TTFT is by
    if (this.#ttft !== null) figures.unshift(`TTFT ${this.#ttft.toFixed(2)} s`);
    if (usage) figures.push(tokens(usage));
    return `Done (${reason}): ${figures.join(", ")}.`;
  }
}

function tokens({ prompt_tokens: prompt, completion_tokens: completion, total_tokens: total }) {
  return `${total} tokens (${prompt} prompt, ${completion} completion)`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run?.stop();
  run = new Run();
  run.start(form.way.value, form.question.value, form.token.value.trim());
});

form.question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

stopButton.addEventListener("click", () => run?.stop());
addEventListener("pagehide", () => run?.stop());

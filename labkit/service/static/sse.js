// Server-sent events from bytes that are cut anywhere: the WHATWG HTML standard, section 9.2.6.

/**
 * Yield the SSE events of a response's body. One that no empty line has ended is left out.
 * A connection that breaks ends them as well, and `broke(error)` is told.
 */
export async function* events(body, broke) {
  const decoder = new Decoder();
  const reader = body.getReader();
  const read = () => reader.read().catch((error) => ({ done: true, error }));
  let piece;
  while (!(piece = await read()).done) yield* decoder.feed(piece.value);
  if (piece.error) broke(piece.error);
}

/** Turns bytes into the SSE events that a browser's own EventSource would dispatch. */
export class Decoder {
  #utf8 = new TextDecoder(); // keeps half a character until its rest comes; drops the BOM
  #line = "";
  #afterCr = false;
  #name = "";
  #data = [];
  #id = "";

  /** Take in `bytes` and return the events that they complete, as `{name, data, id}`. */
  feed(bytes) {
    return this.#lines(this.#utf8.decode(bytes, { stream: true })).flatMap((line) => this.#read(line));
  }

  /** Return the lines that have ended. What is kept of a line is not searched again. */
  #lines(text) {
    if (!text) return [];
    const rest = this.#afterCr && text[0] === "\n" ? text.slice(1) : text; // a CRLF cut in two
    this.#afterCr = text.endsWith("\r");
    const lines = rest.split(/\r\n|\r|\n/);
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop();
    return lines;
  }

  /** Keep a line's field, or return the event that an empty line ends: a list of one, or none. */
  #read(line) {
    if (!line) return this.#end();
    const [, field, value] = line.match(/^([^:]*):? ?([^]*)$/); // a comment has an empty field
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return [];
  }

  #end() {
    const event = { name: this.#name || "message", data: this.#data.join("\n"), id: this.#id };
    const ended = this.#data.length ? [event] : [];
    this.#name = "";
    this.#data = [];
    return ended;
  }
}

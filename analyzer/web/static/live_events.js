// Reads the page's own event stream by fetch: a parser, and a reader that comes back when cut off.
//
// Written after HTML's event-stream section: lines end in LF, CR or CRLF, also where a chunk cuts
// a CRLF or a character in two; `data` lines are joined by LF; an unfinished block at the end of
// the stream is no event; an id holds until another comes.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const SILENCE_MS = 40000; // the server says something every 15 s

export class EventParser {
  #decoder = new TextDecoder();
  #line = "";
  #afterCr = false;
  #data = null;
  #type = "";
  lastId = "";

  // Bytes in, the events out that they completed, as {type, data, id}.
  feed(bytes) {
    const events = [];
    const text = this.#decoder.decode(bytes, { stream: true });
    let start = 0;
    for (const { 0: end, index } of text.matchAll(/\r\n|\r|\n/g)) {
      const isRest = end === "\n" && index === 0 && this.#afterCr;
      if (!isRest) {
        this.#line += text.slice(start, index);
        const event = this.#endLine();
        if (event) events.push(event);
      }
      start = index + end.length;
    }
    this.#line += text.slice(start);
    if (text) this.#afterCr = text.endsWith("\r");
    return events;
  }

  #endLine() {
    const line = this.#line;
    this.#line = "";
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.lastId = value;
    return null;
  }

  #dispatch() {
    const data = this.#data;
    const type = this.#type || "message";
    this.#data = null;
    this.#type = "";
    return data === null ? null : { type, data, id: this.lastId };
  }
}

// Follows `address()`, from where it was cut off, until `close()`. Tells `on.event({type, data})`
// with the data read as JSON, `on.open()` at the first bytes, `on.lost(ms)` when it waits so long
// before it tries again. `reopen()` asks anew at once, for what `address()` says now.
export class Follower {
  #address;
  #on;
  #lastId = "";
  #abort = null;
  #timer = 0;
  #silence = 0;
  #wait = FIRST_WAIT_MS;
  #isClosed = false;

  constructor(address, on) {
    this.#address = address;
    this.#on = on;
    addEventListener("online", () => { if (!this.#abort) this.reopen(); });
    this.#run();
  }

  reopen() {
    if (this.#isClosed) return;
    this.#abort?.abort();
    clearTimeout(this.#timer);
    this.#run();
  }

  close() {
    this.#isClosed = true;
    this.#abort?.abort();
    clearTimeout(this.#timer);
  }

  async #run() {
    const abort = (this.#abort = new AbortController());
    try {
      await this.#read(abort);
    } catch {
      // cut off, refused, or asked anew: below
    }
    if (abort !== this.#abort) return; // another asks already
    clearTimeout(this.#silence);
    if (this.#isClosed) return;
    this.#abort = null;
    this.#on.lost(this.#wait);
    this.#timer = setTimeout(() => this.#run(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }

  async #read(abort) {
    const headers = { accept: "text/event-stream" };
    if (this.#lastId) headers["last-event-id"] = this.#lastId;
    this.#listen(abort);
    const response = await fetch(this.#address(), { headers, signal: abort.signal, cache: "no-store" });
    if (!response.ok) throw new Error(`${response.status}`);
    const reader = response.body.getReader();
    const parser = new EventParser();
    for (let isFirst = true; ; isFirst = false) {
      const { done, value } = await reader.read();
      if (done || abort.signal.aborted) return;
      if (isFirst) this.#on.open();
      this.#listen(abort);
      for (const { type, data, id } of parser.feed(value)) {
        this.#wait = FIRST_WAIT_MS;
        this.#on.event(type, JSON.parse(data));
        if (id) this.#lastId = id;
      }
    }
  }

  #listen(abort) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => abort.abort(), SILENCE_MS);
  }
}

// Reads an event stream from a fetch body: lines, events, and the two forms of messages.

// Cuts text into events. A CR ends its line at once; the LF of a CRLF is dropped when it comes.
export class EventParser {
  #line = "";
  #data = [];
  #type = "";
  #afterCr = false;

  feed(text) {
    const events = [];
    for (const part of text.split(/(\r\n|\r|\n)/)) {
      if (part === "") continue;
      const isEnd = part === "\r\n" || part === "\r" || part === "\n";
      if (!isEnd) {
        this.#line += part;
      } else if (!(part === "\n" && this.#afterCr)) {
        const event = this.#endLine();
        if (event) events.push(event);
      }
      this.#afterCr = part === "\r";
    }
    return events;
  }

  #endLine() {
    const line = this.#line;
    this.#line = "";
    if (line === "") {
      const event = this.#data.length ? { type: this.#type || "message", data: this.#data.join("\n") } : null;
      this.#data = [];
      this.#type = "";
      return event;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    return null;
  }
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// Delta encoding v1: one tree a channel; c, p and o carry over from the delta before.
export class DeltaTrees {
  #trees = new Map();
  #carry = { c: 0, p: "", o: "add" };

  apply(delta) {
    for (const key of ["c", "p", "o"]) if (key in delta) this.#carry[key] = delta[key];
    const { c, p, o } = this.#carry;
    const holder = { root: this.#trees.get(c) };
    this.#operate(holder, p, o, delta.v);
    this.#trees.set(c, holder.root);
  }

  messages() {
    return [...this.#trees.values()].map((tree) => tree?.message).filter(Boolean);
  }

  #operate(holder, path, operation, value) {
    if (operation === "patch") {
      for (const part of value) this.#operate(holder, path + part.p, part.o, part.v);
      return;
    }
    const keys = path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = keys.pop() ?? "root";
    let node = path === "" ? holder : holder.root;
    for (const key of keys) node = node[key];
    if (operation === "remove") Array.isArray(node) ? node.splice(Number(last), 1) : delete node[last];
    else if (operation === "truncate") node[last] = node[last].slice(0, value);
    else if (operation !== "append") node[last] = value;
    else if (Array.isArray(node[last])) node[last].push(...value);
    else if (isObject(node[last])) Object.assign(node[last], value);
    else node[last] = (node[last] ?? "") + value;
  }
}

// The state of one turn, as its events tell it.
export class Turn {
  conversationId = "";
  messageId = "";
  title = "";
  error = "";
  complete = false;
  stopped = false;
  events = 0;
  handedOff = false; // the stream ended, the turn did not
  offset = 0; // of the next event of the turn, as a resumed stream counts them
  #resumed = false;
  #deltas = new DeltaTrees();
  #whole = new Map();

  // A stream goes on where another one left off; it names its encoding again, which counts for nothing.
  resume() {
    this.handedOff = false;
    this.#resumed = true;
  }

  take(event) {
    this.events += 1;
    if (event.data === "[DONE]") return;
    const payload = JSON.parse(event.data);
    if (!this.#resumed || event.type !== "delta_encoding") this.offset += 1;
    if (event.type === "delta_encoding") return;
    if (event.type === "delta") {
      this.#deltas.apply(payload);
      if (payload.v?.conversation_id) this.conversationId = payload.v.conversation_id;
    } else if (payload.type === "title_generation") {
      this.title = payload.title;
    } else if (payload.type === "stream_handoff") {
      this.handedOff = payload.options.some((option) => option.type === "resume_sse_endpoint");
    } else if (payload.type === "message_stream_complete") {
      this.complete = true;
    } else if (payload.message) {
      this.#whole.set(payload.message.id, payload.message);
    }
    if (payload.conversation_id) this.conversationId = payload.conversation_id;
    if (payload.error) this.error = payload.error.message ?? payload.error;
    this.#judge();
  }

  get messages() {
    return [...this.#deltas.messages(), ...this.#whole.values()].filter((m) => m.author.role === "assistant");
  }

  get answer() {
    return this.messages.filter(isAnswer).map((m) => m.content.parts.join("")).join("");
  }

  get reasoning() {
    return this.messages.map(describe).filter(Boolean).join("\n\n");
  }

  #judge() {
    for (const message of this.messages.filter(isAnswer)) {
      this.messageId = message.id;
      if (message.status === "finished_partial_completion") this.stopped = true;
      if (message.status === "finished_successfully" && message.end_turn) this.complete = true;
    }
  }
}

function isAnswer(message) {
  const { recipient, channel, content } = message;
  return recipient === "all" && (channel ?? "final") === "final" && content.content_type === "text";
}

// What the assistant did besides answering, in words.
function describe(message) {
  if (message.content.content_type === "thoughts") {
    return message.content.thoughts.map((t) => `${t.summary}\n${t.content}`).join("\n\n");
  }
  if (message.content.content_type === "code") return `→ ${message.recipient} ${message.content.text}`;
  return message.channel === "commentary" ? message.content.parts.join("") : "";
}

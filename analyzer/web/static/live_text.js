// The selected stream: its pieces as arrivals, its text as it came, its events as rows.

import { STALL_NS, moment, span as length } from "./live_format.js";

const TEXT_SHOWN = 20000; // characters
const EVENTS_SHOWN = 500;
const ARRIVALS_SHOWN = 5000;
const FAR_PX = 1e7; // beyond any end
const NEAR_PX = 24; // so close to its end a pane follows what comes

const pane = document.getElementById("text");
const scroller = document.getElementById("events");
const rows = document.getElementById("rows");
const down = document.getElementById("down");

// An arrival is {at, gap, read, first, last, kind, chars, text, spans}: `gap` to the one before,
// null for the first shown; `first` and `last` are the numbers of its first and last event.
export class Trace {
  exchange = 0;
  arrivals = [];
  isCut = false;
  #sent = 0;
  #isText = false;
  #chars = 0;
  #spans = []; // of the text, oldest first, as {span, piece}
  #block = null;
  #last = null; // the last event: its time and read
  #byElement = new WeakMap();

  // Take what came, as analyzer/web/live/traces.py `Told` says it.
  take(told, sent) {
    if (told.whole) this.#clear(told.exchange);
    this.#sent = sent;
    this.isCut ||= told.cut;
    for (const piece of told.pieces) this.#piece(piece);
    this.#trim();
    this.#events(told.events);
    if (told.forgotten) this.#note("The events of this stream are no longer kept here; the database has them.");
    followAll();
  }

  arrivalOf(element) {
    return this.#byElement.get(element) ?? null;
  }

  #clear(exchange) {
    this.exchange = exchange;
    this.arrivals = [];
    this.isCut = this.#isText = false;
    this.#chars = 0;
    this.#spans = [];
    this.#block = this.#last = null;
    pane.replaceChildren();
    rows.replaceChildren();
    follows = { text: true, events: true };
    down.hidden = true;
  }

  #piece([seq, at, read, kind, message, revised, text]) {
    if (kind && !this.#isText) {
      this.#isText = true; // from here on an arrival is one of text
      this.arrivals = [];
    }
    const before = this.arrivals.at(-1);
    let arrival = before;
    if (!before || before.read !== read) {
      arrival = { at, gap: before ? at - before.at : null, read, first: seq, last: seq, kind, chars: 0, text: "", spans: [] };
      this.arrivals.push(arrival);
      if (this.arrivals.length > ARRIVALS_SHOWN) this.arrivals.shift();
    }
    arrival.last = seq;
    if (revised) this.#takeBack(kind, message);
    arrival.chars += text.length;
    arrival.text += text;
    if (text) this.#say(arrival, kind, message, text);
  }

  #say(arrival, kind, message, text) {
    const { kind: lastKind, message: lastMessage } = this.#block ?? {};
    if (!this.#block || lastKind !== kind || lastMessage !== message) {
      const element = document.createElement("p");
      element.className = kind;
      element.dir = "auto";
      this.#block = { element, kind, message };
      pane.append(element);
    }
    const span = document.createElement("span");
    span.textContent = text;
    if (arrival.gap !== null && arrival.gap >= STALL_NS && !arrival.spans.length) {
      span.className = "late";
      span.dataset.gap = length(arrival.gap);
    }
    this.#byElement.set(span, arrival);
    arrival.spans.push(span);
    this.#block.element.append(span);
    this.#spans.push({ span, kind, message });
    this.#chars += text.length;
  }

  // The service put another text into the place of what it had said.
  #takeBack(kind, message) {
    const keep = [];
    for (const each of this.#spans) {
      if (each.kind === kind && each.message === message) this.#drop(each);
      else keep.push(each);
    }
    this.#spans = keep;
  }

  #drop({ span }) {
    this.#chars -= span.textContent.length;
    const block = span.parentElement;
    span.remove();
    if (!block.childElementCount && block !== this.#block?.element) block.remove();
  }

  #trim() {
    let count = 0;
    while (this.#chars > TEXT_SHOWN && count < this.#spans.length - 1) this.#drop(this.#spans[count++]);
    this.#spans.splice(0, count);
    this.isCut ||= count > 0;
    if (this.isCut) this.#note(`What came before the last ${TEXT_SHOWN.toLocaleString("en")} characters is not shown here.`);
  }

  #note(text) {
    if (pane.firstElementChild?.classList.contains("note")) return;
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = text;
    pane.prepend(note);
  }

  #events(events) {
    if (!events.length) return;
    const newest = events.slice(-EVENTS_SHOWN);
    if (newest.length < events.length) this.#last = events.at(-newest.length - 1);
    const made = newest.map((event) => {
      const row = this.#row(event);
      this.#last = event;
      return row;
    });
    rows.append(...made);
    while (rows.childElementCount > EVENTS_SHOWN) rows.firstElementChild.remove();
    down.hidden = follows.events;
  }

  #row([seq, at, read, type, kind, data]) {
    const row = document.createElement("tr");
    const isShared = this.#last?.[2] === read;
    const gap = this.#last && !isShared ? at - this.#last[1] : null;
    const cell = (text, className = "") => {
      const td = document.createElement("td");
      td.textContent = text;
      td.className = className;
      row.append(td);
    };
    cell(String(seq), "number muted");
    cell(moment(at - this.#sent), "number");
    cell(isShared ? "same" : gap === null ? "" : length(gap), `number${isShared ? " muted" : gap >= STALL_NS ? " bad" : ""}`);
    cell(type, "type");
    cell(kind, `kind ${kind}`);
    cell(data, "data");
    return row;
  }
}

// Whether a pane follows what comes: as long as nobody scrolled up in it. What the panes' ends are
// is asked only when they were scrolled, for asking makes the browser lay out.
let follows = { text: true, events: true };

function atEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
}

function followAll() {
  if (follows.text) pane.scrollTop = FAR_PX;
  if (follows.events) scroller.scrollTop = FAR_PX;
}

// What is above them may grow, and the window.
const resized = new ResizeObserver(followAll);
resized.observe(pane);
resized.observe(scroller);

// Mark the text of an arrival, of none if null.
let marked = [];
export function mark(arrival) {
  for (const span of marked) span.classList.remove("marked");
  marked = arrival ? arrival.spans : [];
  for (const span of marked) span.classList.add("marked");
}

// `callback(element or null)` when the pointer comes over a piece of text, or leaves it.
export function onPointed(callback) {
  pane.addEventListener("pointerover", ({ target }) => callback(target.tagName === "SPAN" ? target : null));
  pane.addEventListener("pointerleave", () => callback(null));
}

down.addEventListener("click", () => {
  follows.events = true;
  down.hidden = true;
  followAll();
});
pane.addEventListener("scroll", () => { follows.text = atEnd(pane); }, { passive: true });
scroller.addEventListener("scroll", () => {
  follows.events = atEnd(scroller);
  down.hidden ||= follows.events;
}, { passive: true });

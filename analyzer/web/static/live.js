// The live page: what the event stream tells goes to the parts of the page that show it.
//
// What the page knows is in window.__live, for tests and for the curious:
//
//   __live = {exchange, pinned, arrivals, connected}
//
// `exchange` is the stream that is looked at, `pinned` whether somebody selected it, `arrivals`
// its ticks.

import { Follower } from "./live_events.js";
import { span } from "./live_format.js";
import * as lists from "./live_lists.js";
import * as panels from "./live_panels.js";
import * as strip from "./live_strip.js";
import { Trace, mark, onPointed } from "./live_text.js";

const $ = (id) => document.getElementById(id);
const SLOW = matchMedia("(prefers-reduced-motion: reduce)").matches;
const DRAW_MS = SLOW ? 500 : 150; // a frame costs more than what is in it: all that changed shares one
const QUEUE_LIMIT = 500;
const trace = new Trace();
const live = (window.__live = { exchange: 0, pinned: 0, arrivals: trace.arrivals, connected: false });
let capture = null;
let lost = "";
let offset = null; // the capture's clock minus performance.now(), in ns
let isDue = false;

// The capture's moment; one that grows no more stands still at its last.
const clock = () => (offset === null ? 0 : 1e6 * performance.now() + offset);
const runs = () => live.connected && capture?.stage === "recording";
const now = () => (runs() ? Math.max(clock(), capture.seen_ns) : (capture?.seen_ns ?? 0));

function setClock(ns) {
  // The least delay on the way is nearest to the truth.
  const found = ns - 1e6 * performance.now();
  if (offset === null || found > offset || offset - found > 1e9) offset = found;
}

const handlers = {
  snapshot(told) {
    offset = null;
    setClock(told.now_ns);
    lists.clear();
    told.streams.forEach(lists.put);
    handlers.capture(told.capture);
    handlers.credentials(told.credentials);
    handlers.walks(told.walks);
    handlers.connections(told.connections);
    lists.look(live.exchange, live.pinned > 0);
    if (!told.streams.length) show();
  },
  capture(told) {
    capture = told;
    panels.capture(capture, lost);
  },
  streams({ now_ns: at, rows, gone }) {
    setClock(at);
    gone.forEach(lists.remove);
    rows.forEach(lists.put);
    lists.look(live.exchange, live.pinned > 0);
    if (rows.some(({ exchange }) => exchange === live.exchange)) show();
  },
  events(told) {
    trace.take(told, lists.row(told.exchange)?.sent_ns ?? 0);
    live.exchange = told.exchange;
    live.arrivals = trace.arrivals;
    lists.look(told.exchange, live.pinned > 0);
    show();
  },
  credentials(told) {
    panels.showCredentials(told);
    panels.tick(clock());
  },
  walks: panels.showWalks,
  connections: panels.showConnections,
  ended({ what }) {
    if (what === "capture") show();
  },
};

function show() {
  const row = lists.row(live.exchange);
  $("scope").classList.toggle("none", !row);
  $("scope-title").textContent = row ? `#${row.exchange} ${row.target}` : "No stream yet";
  $("following").textContent = row ? (live.pinned ? "selected" : "following the newest") : "";
  $("follow").hidden = !live.pinned;
  strip.show(row, arrivals(), now, runs());
  figures();
  isDue = true;
}

function figures() {
  const row = lists.row(live.exchange);
  if (!row) return;
  const gap = row.is_open && row.arrived_ns !== null ? Math.max(row.gap_ns ?? 0, now() - row.arrived_ns) : row.gap_ns;
  panels.describe($("figures"), [
    ["protocol", row.protocol, `protocol ${row.protocol}`],
    ["state", row.state, row.tone],
    ["TTFT", row.ttft],
    ["events", row.events],
    ["rate", `${row.rate}/s`],
    ["arrivals", arrivals().length.toLocaleString("en")],
    ["last gap", gap === null ? "–" : gap === row.gap_ns ? row.gap : span(gap), gap >= 250e6 ? "bad" : ""],
    ...(row.is_text || !row.arrived_ns ? [] : [["text", "none known: ticks are events"]]),
  ]);
}

function pin(exchange) {
  if (live.pinned === exchange) return;
  live.pinned = exchange;
  if (exchange) live.exchange = exchange;
  lists.look(live.exchange, exchange > 0);
  show();
  follower.reopen();
}

const moves = () => runs() && lists.row(live.exchange)?.is_open;
const arrivals = () => (trace.exchange === live.exchange ? trace.arrivals : []);
let queue = [];

// Show what came since the last frame, and what moved; where nothing did, there is none.
function frame() {
  const told = queue;
  queue = [];
  for (const [type, data] of told) handlers[type]?.(data);
  if (runs()) lists.tick(now());
  if (!isDue && !moves()) return;
  isDue = false;
  strip.show(lists.row(live.exchange), arrivals(), now, runs());
  strip.draw();
  figures();
}

const follower = new Follower(
  () => (live.pinned ? `live/events?stream=${live.pinned}` : "live/events"),
  {
    open() {
      live.connected = true;
      lost = "";
      if (capture) panels.capture(capture, lost);
    },
    event(type, told) {
      queue.push([type, told]);
      if (queue.length > QUEUE_LIMIT) frame(); // a page that nobody looks at has few frames
    },
    lost(ms) {
      live.connected = false;
      lost = `connection lost, trying again in ${span(1e6 * ms)}`;
      if (capture) panels.capture(capture, lost);
      else $("stage").textContent = lost;
    },
  },
);

strip.onChoice(mark);
onPointed((element) => strip.chooseArrival(element && trace.arrivalOf(element)));
lists.onSelect(pin);
$("follow").addEventListener("click", () => pin(0));
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("button, a")) return;
  const inList = event.target.closest("#list");
  const keys = {
    j: () => lists.move(1),
    k: () => lists.move(-1),
    Enter: lists.selectActive,
    Escape: () => pin(0),
    ...(inList && { ArrowDown: () => lists.move(1), ArrowUp: () => lists.move(-1) }),
  };
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});
setInterval(() => panels.tick(clock()), 1000);
setInterval(frame, DRAW_MS);

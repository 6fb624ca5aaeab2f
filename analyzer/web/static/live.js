// The live page: what the event stream tells goes to the parts of the page that show it.
//
// What the page knows is in window.__live, for tests and for the curious:
//
//   __live = {exchange, pinned, arrivals, connected}
//
// `exchange` is the stream that is looked at, `pinned` whether somebody selected it, `arrivals`
// its ticks.

import { Follower } from "./live_events.js";
import { STALL_NS, isRunning, set, span } from "./live_format.js";
import * as lists from "./live_lists.js";
import * as panels from "./live_panels.js";
import * as strip from "./live_strip.js";
import { Trace, mark, onPointed } from "./live_text.js";

const $ = (id) => document.getElementById(id);
const SLOW = matchMedia("(prefers-reduced-motion: reduce)").matches;
const DRAW_MS = SLOW ? 500 : 200; // as often as the recorder writes; all that changed shares a frame
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
    $("scope").classList.toggle("none", !lists.row(told.exchange)); // what isn't shown can't be scrolled
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
  set($("scope-title"), row ? `#${row.exchange} ${row.target}` : "No event stream yet");
  set($("protocol"), row?.protocol ?? "", `protocol ${row?.protocol}`);
  set($("state"), row?.state ?? "", `state ${row?.tone}`);
  set($("following"), row ? (live.pinned ? "selected" : "following the newest") : "");
  $("follow").hidden = !live.pinned;
  strip.show(row, arrivals(), now, runs());
  figures();
  isDue = true;
}

function figures() {
  const row = lists.row(live.exchange);
  if (!row) return;
  const running = isRunning(row, now());
  const gap = running ? now() - row.arrived_ns : row.gap_ns;
  const shown = arrivals();
  const stalls = strip.stallsOf(shown);
  const waits = runs() && strip.isWaiting(row, shown);
  panels.describe($("figures"), [
    [waits ? "no text for" : "TTFT", waits ? span(now() - row.sent_ns) : row.ttft, waits ? "warn" : row.ttft_ns === null ? "" : "good"],
    [running ? "gap now" : "last gap", gap === null ? "–" : running ? span(gap) : row.gap, gap >= STALL_NS ? "bad" : ""],
    ["stalls", counted(stalls.count, trace.isCut), stalls.count ? "bad" : ""],
    ["longest gap", stalls.longest === null ? "–" : span(stalls.longest), stalls.longest >= STALL_NS ? "bad" : ""],
    ["rate", `${row.rate}/s`],
    [row.is_text || !row.arrived_ns ? "arrivals" : "arrivals (no text known)", counted(shown.length, trace.isCut)],
    ["events", row.events],
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

// Of a stream whose older arrivals are no longer here there are at least so many.
const counted = (number, isCut) => `${isCut ? "≥ " : ""}${number.toLocaleString("en")}`;

const moves = () => runs() && lists.row(live.exchange)?.is_open;
const arrivals = () => (trace.exchange === live.exchange ? trace.arrivals : []);
let queue = [];

// Show what came since the last frame, and what moved; where nothing did, there is none.
function frame() {
  if (document.hidden && queue.length <= QUEUE_LIMIT) return;
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
      if (queue.length > QUEUE_LIMIT) frame();
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
document.addEventListener("visibilitychange", frame);
setInterval(() => document.hidden || panels.tick(clock()), 1000);
setInterval(frame, DRAW_MS);

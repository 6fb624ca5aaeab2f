// What stands beside the streams: the capture, credentials with their countdown, walks, connections.

import { counted, countdown, set, span } from "./live_format.js";

const SECOND = 1e9;
const SOON_NS = 300 * SECOND; // as in analyzer/report/countdown.py
const LAST_SHARE = 5;

const $ = (id) => document.getElementById(id);
const stages = {
  empty: ["waiting", "nothing recorded yet"],
  recording: ["good", "recording"],
  quiet: ["muted", "quiet"],
  over: ["muted", "recording ended"],
  failed: ["bad", "stopped"],
};
let credentials = [];

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

export function capture(told, lost) {
  set($("name"), told.name);
  set($("began"), told.began ? `since ${told.began}` : "");
  const [tone, words] = lost ? ["warn", lost] : stages[told.stage];
  $("stage").className = tone;
  set($("stage"), told.problem && !lost ? told.problem : words);
  const { streams_open: open, streams_ended: ended, events, others, lost: gone, lag } = told.totals;
  const figures = [
    ["open", open.toLocaleString("en")],
    ["ended", ended.toLocaleString("en")],
    ["events", events.toLocaleString("en")],
    ["other exchanges", others.toLocaleString("en")],
    ["proxy lag", lag === "–" ? lag : `≤ ${lag}`],
    ...(gone ? [["LOST", gone.toLocaleString("en")]] : []),
  ];
  describe($("totals"), figures);
}

// Fill a list of figures; what has not changed is left alone.
export function describe(list, figures) {
  while (list.childElementCount > figures.length) list.lastElementChild.remove();
  figures.forEach(([name, value, tone = ""], index) => {
    let pair = list.children[index];
    if (!pair) {
      pair = document.createElement("div");
      pair.append(document.createElement("dt"), document.createElement("dd"));
      list.append(pair);
    }
    const [term, said] = pair.children;
    set(term, name);
    set(said, value, name === "LOST" ? "bad" : tone);
  });
}

function fill(list, items, none) {
  if (items.length) list.replaceChildren(...items);
  else list.replaceChildren(make("li", "muted", none));
}

export function showCredentials(told) {
  credentials = told.map((one) => {
    const item = make("li", one.in_use ? "credential" : "credential unused");
    const says = make("span", "says", one.says);
    if (one.refused && one.in_use) says.classList.add("bad");
    const left = make("span", "left");
    item.append(make("span", "kind strong", one.kind), left, says, make("code", "muted", one.fingerprint));
    const bar = make("div", "bar");
    const rest = make("div", "rest");
    if (one.in_use && one.lifetime_ns) {
      bar.append(rest);
      item.append(bar);
    }
    return { one, item, left, rest };
  });
  fill($("credentials"), credentials.map(({ item }) => item), "none met yet");
}

// How far each credential is from its end, `now` on the capture's clock.
export function tick(now) {
  for (const { one, left, rest, item } of credentials) {
    if (!one.in_use || one.expires_ns === null) {
      set(left, one.in_use ? "no end stated" : "out of use");
      continue;
    }
    const ns = one.expires_ns - now;
    const soon = one.lifetime_ns === null ? SOON_NS : Math.min(SOON_NS, one.lifetime_ns / LAST_SHARE);
    const tone = ns <= 0 ? "bad" : ns < soon ? "warn" : "";
    set(left, ns > 0 ? countdown(ns) : `expired ${countdown(ns)} ago`);
    left.className = `left ${tone}`;
    item.title = `ends at ${one.at}`;
    if (!one.lifetime_ns) continue;
    rest.className = `rest ${tone}`;
    rest.style.width = `${Math.max(0, Math.min(100, (100 * ns) / one.lifetime_ns)).toFixed(1)}%`;
  }
}

export function showWalks(told) {
  const items = told.map((walk) => {
    const item = make("li", "walk");
    item.title = walk.endpoint;
    const counts = [walk.pages, walk.items && `${walk.items} rows`, walk.wait !== "–" && `last wait ${walk.wait}`];
    item.append(
      make("span", "strong", walk.path),
      make("span", "left muted", walk.ended ? "end seen" : walk.style),
      make("span", "says", counts.filter(Boolean).join(" · ")),
    );
    if (walk.share !== null) {
      const bar = make("div", "bar");
      const rest = make("div", "rest");
      rest.style.width = `${(100 * walk.share).toFixed(1)}%`;
      bar.append(rest);
      item.append(bar);
    }
    return item;
  });
  fill($("walks"), items, "no list was read page by page yet");
}

export function showConnections(told) {
  const items = told.map((one) => {
    const item = make("li", one.closed_ns === null ? "connection" : "connection closed");
    const protocol = one.protocol.replace("http/1.1", "h1") || "–";
    const side = one.side === "client" ? "browser → proxy" : "proxy → service";
    const life = one.closed_ns === null ? `${one.open} open` : `closed after ${span(one.closed_ns - one.opened_ns)}`;
    const counts = [side, counted(one.streams, "exchange"), one.handshake !== "–" && `handshake ${one.handshake}`];
    item.append(
      make("span", `protocol ${protocol}`, protocol),
      make("span", "strong authority", one.authority || "not connected yet"),
      make("span", one.error ? "left bad" : "left muted", one.error || life),
      make("span", "says", counts.filter(Boolean).join(" · ")),
    );
    return item;
  });
  fill($("connections"), items, "none yet");
}

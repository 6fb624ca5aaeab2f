// The list of streams: the newest on top, one option each, moved through by keys.

import { STALL_NS, isRunning, set, span } from "./live_format.js";

const list = document.getElementById("list");
const empty = document.getElementById("no-streams");
const options = new Map(); // by exchange: {element, parts, row}
let active = 0;
let chosen = 0;
let whenChosen = () => {};

// `callback(exchange)` when a stream is selected, with 0 when the newest is to be followed.
export function onSelect(callback) {
  whenChosen = callback;
}

export function put(row) {
  const known = options.get(row.exchange) ?? add(row.exchange);
  known.row = row;
  const { parts } = known;
  set(parts.protocol, row.protocol, `protocol ${row.protocol}`);
  set(parts.target, ending(row.target), "target");
  parts.target.title = row.target;
  set(parts.state, row.state, `state ${row.tone}`);
  set(parts.ttft, `TTFT ${row.ttft}`, "figure");
  set(parts.events, `${row.events} ev`, "figure");
  set(parts.rate, `${row.rate}/s`, "figure");
  set(parts.tail, row.tail, row.is_text ? "tail" : "tail muted");
  gap(known, null);
}

// The last two steps of a path tell streams apart better than its beginning.
function ending(target) {
  const steps = target.split("/");
  return steps.length > 3 ? `…/${steps.slice(-2).join("/")}` : target;
}

// The last gap; of an open stream the one that is running, once that is a stall.
function gap({ row, parts }, now) {
  const running = now !== null && isRunning(row, now);
  const ns = running ? now - row.arrived_ns : row.gap_ns;
  const isLate = ns !== null && ns >= STALL_NS;
  set(parts.gap, `gap ${ns === null ? "–" : running ? span(ns) : row.gap}`, isLate ? "figure bad" : "figure");
}

export function tick(now) {
  for (const option of options.values()) if (option.row.is_open) gap(option, now);
}

function add(exchange) {
  const element = document.createElement("div");
  element.id = `stream-${exchange}`;
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  element.dataset.exchange = String(exchange);
  const parts = {};
  for (const names of [["number", "protocol", "target", "state"], ["ttft", "events", "rate", "gap"], ["tail"]]) {
    const line = document.createElement("div");
    for (const name of names) line.append((parts[name] = document.createElement("span")));
    element.append(line);
  }
  set(parts.number, `#${exchange}`, "figure");
  const option = { element, parts, row: null };
  options.set(exchange, option);
  const older = [...list.children].find((each) => Number(each.dataset.exchange) < exchange);
  list.insertBefore(element, older ?? null);
  empty.hidden = true;
  return option;
}

export function remove(exchange) {
  options.get(exchange)?.element.remove();
  options.delete(exchange);
  empty.hidden = options.size > 0;
}

export function clear() {
  for (const exchange of [...options.keys()]) remove(exchange);
}

export function row(exchange) {
  return options.get(exchange)?.row ?? null;
}

// Show which stream is looked at; `isChosen` if somebody selected it.
export function look(exchange, isChosen) {
  if (exchange !== chosen) {
    options.get(chosen)?.element.setAttribute("aria-selected", "false");
    chosen = exchange;
  }
  options.get(exchange)?.element.setAttribute("aria-selected", "true");
  if (!isChosen) activate(exchange);
}

function activate(exchange) {
  if (exchange === active) return;
  options.get(active)?.element.classList.remove("active");
  active = exchange;
  const element = options.get(exchange)?.element;
  if (!element) return list.removeAttribute("aria-activedescendant");
  element.classList.add("active");
  list.setAttribute("aria-activedescendant", element.id);
  return element.scrollIntoView({ block: "nearest" });
}

export function move(by) {
  const elements = [...list.children];
  if (!elements.length) return;
  const at = elements.findIndex((element) => Number(element.dataset.exchange) === active);
  const next = elements[Math.max(0, Math.min(elements.length - 1, at + by))];
  activate(Number(next.dataset.exchange));
}

export function selectActive() {
  if (options.has(active)) whenChosen(active);
}

list.addEventListener("click", ({ target }) => {
  const element = target.closest("[role=option]");
  if (!element) return;
  activate(Number(element.dataset.exchange));
  selectActive();
});

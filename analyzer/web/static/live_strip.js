// The strip: one tick an arrival on the time since the request was sent, drawn on a canvas.

import { STALL_NS, axisLabel, counted, isRunning, moment, span } from "./live_format.js";

const SECOND = 1e9;
const ENDS_S = [2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600];
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const LABEL_PX = 64; // between two labels of the axis at least
const REACH_PX = 10; // how far from a tick the pointer may be
const AXIS_PX = 20;
const TOP_PX = 20;
const PIECE_SHOWN = 160;

// The canvas has what is past. What moves are two elements on top of it: shifting those is no painting.
const canvas = document.getElementById("ticks");
const running = document.getElementById("running");
const cursor = document.getElementById("now");
const tip = document.getElementById("tip");
const context = canvas.getContext("2d");
let colours = {};
let shown = { row: null, arrivals: [], now: () => 0, runs: false };
let size = { width: 0, height: 0 }; // of the canvas: asking for it makes the browser lay out
let font = "";
let drawn = ""; // what the canvas shows
let chosen = -1;
let whenChosen = () => {};

// Read the theme's colours, at first and when it changes.
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "muted", "line", "accent", "good", "warn", "bad", "card"]) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
  font = `11px ${getComputedStyle(canvas).fontFamily}`;
}

// `callback(arrival or null)` when a tick is pointed at or reached by keys.
export function onChoice(callback) {
  whenChosen = callback;
}

// `row` is the stream, `now()` the capture's moment, `runs` whether that moves.
export function show(row, arrivals, now, runs) {
  if (row?.exchange !== shown.row?.exchange) choose(-1);
  shown = { row, arrivals, now, runs };
}

export function choose(index) {
  if (index === chosen) return;
  chosen = index;
  const arrival = shown.arrivals[index] ?? null;
  tip.hidden = !arrival;
  if (arrival) tell(arrival);
  whenChosen(arrival);
  draw();
}

export function chooseArrival(arrival) {
  choose(arrival ? shown.arrivals.indexOf(arrival) : -1);
}

function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

function tell(arrival) {
  const since = arrival.at - shown.row.sent_ns;
  const events = arrival.last > arrival.first ? `#${arrival.first}–${arrival.last}` : `#${arrival.first}`;
  const gap = arrival.gap === null ? "the first shown" : `after ${span(arrival.gap)}`;
  tip.replaceChildren(
    part("strong", moment(since)), ` ${gap} · ${events}${arrival.kind ? ` · ${arrival.kind}` : ""}`,
  );
  if (arrival.text) tip.append(part("piece", arrival.text.slice(0, PIECE_SHOWN)));
  canvas.setAttribute("aria-valuemax", String(shown.arrivals.length));
  canvas.setAttribute("aria-valuenow", String(chosen + 1));
  canvas.setAttribute("aria-valuetext", `${moment(since)}, ${gap}: ${arrival.text || "no text"}`);
  const x = scale().x(since);
  tip.classList.toggle("left", x > size.width / 2);
  tip.style.left = `${x}px`;
}

// From request sent to a round end beyond now, so that the strip moves seldom; all of it at its end.
function scale() {
  const { row, arrivals, now } = shown;
  const last = arrivals.at(-1)?.at ?? row.sent_ns;
  let end = Math.max(last, row.ended_ns ?? 0, row.is_open ? now() : 0) - row.sent_ns;
  if (row.is_open) {
    const seconds = (end / SECOND) * 1.04;
    end = (ENDS_S.find((each) => each >= seconds) ?? Math.ceil(seconds / 3600) * 3600) * SECOND;
  }
  end = Math.max(end * (row.is_open ? 1 : 1.015), SECOND / 10);
  const width = size.width - 1;
  return { end, x: (ns) => (width * ns) / end, ns: (x) => (x * end) / width };
}

// Show what is there now. The canvas is drawn anew only where something else is to be on it.
export function draw() {
  const { width, height } = size;
  if (!width || !height) return;
  const { row, arrivals } = shown;
  move();
  const last = arrivals.at(-1);
  const { state, opened_ns, ttft_ns, ended_ns } = row ?? {};
  const key = [
    row?.exchange, state, opened_ns, ttft_ns, ended_ns, arrivals.length, last?.at, last?.chars,
    row ? scale().end : 0, width, height, devicePixelRatio, chosen, colours.ink,
  ].join();
  if (key === drawn) return;
  drawn = key;
  paint();
}

// A wait or stall that goes on, and the present moment.
function move() {
  const { row, arrivals, now, runs } = shown;
  const isOpen = Boolean(row?.is_open);
  running.hidden = cursor.hidden = !isOpen;
  if (!isOpen) return;
  const { x } = scale();
  const at = Math.min(size.width - 1, x(now() - row.sent_ns));
  cursor.style.transform = `translateX(${at.toFixed(1)}px)`;
  cursor.className = runs ? "runs" : "";
  const last = arrivals.at(-1)?.at;
  const waits = isWaiting(row, arrivals);
  const stalls = !waits && runs && last !== undefined && isRunning({ ...row, arrived_ns: last }, now());
  running.hidden = !(waits || stalls);
  if (running.hidden) return;
  const from = stalls ? x(last - row.sent_ns) : 0;
  running.className = stalls ? "stall" : "wait";
  running.style.left = `${from.toFixed(1)}px`;
  running.style.width = `${Math.max(0, at - from).toFixed(1)}px`;
  running.textContent = stalls ? span(now() - last) : "";
}

function paint() {
  const { width, height } = size;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = font;
  const floor = height - AXIS_PX;
  if (!shown.row) return line(0, floor, width, floor, colours.line);
  const on = { ...scale(), width, floor, height: floor - TOP_PX };
  drawAxis(on);
  drawWaits(on);
  drawStalls(on);
  drawSum(on);
  drawTicks(on);
  drawEnd(on);
}

function line(x1, y1, x2, y2, colour, width = 1, dash = []) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.setLineDash([]);
}

function label(text, x, y, colour, align = "left") {
  context.fillStyle = colour;
  context.textAlign = align;
  context.fillText(text, x, y);
}

function band(x1, x2, on, colour, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.fillRect(x1, TOP_PX - 6, x2 - x1, on.floor - TOP_PX + 6);
  context.globalAlpha = 1;
}

function drawAxis(on) {
  const seconds = on.end / SECOND;
  const most = Math.max(1, Math.floor(on.width / LABEL_PX));
  const step = STEPS_S.find((each) => seconds / each <= most) ?? Math.ceil(seconds / most / 3600) * 3600;
  for (let number = 0; number * step <= seconds; ++number) {
    const x = Math.round(on.x(number * step * SECOND)) + 0.5;
    line(x, TOP_PX - 6, x, on.floor, colours.line);
    const align = number === 0 ? "left" : x > on.width - 24 ? "right" : "center";
    label(axisLabel(Number((number * step).toFixed(1)), step), x, on.floor + 14, colours.muted, align);
  }
  line(0, on.floor + 0.5, on.width, on.floor + 0.5, colours.muted);
}

// Until the headers came, and until the first text.
function drawWaits(on) {
  const { row } = shown;
  const headers = row.opened_ns === null ? null : row.opened_ns - row.sent_ns;
  if (row.ttft_ns !== null) band(0, on.x(row.ttft_ns), on, colours.muted, 0.1);
  if (headers !== null) line(on.x(headers), on.floor - 8, on.x(headers), on.floor, colours.muted, 1.5);
  if (row.ttft_ns === null) return;
  const x = Math.round(on.x(row.ttft_ns)) + 0.5;
  line(x, TOP_PX - 8, x, on.floor, colours.good, 1.5, [4, 3]);
  label(`TTFT ${row.ttft}`, x < 80 ? x - 2 : x - 4, 10, colours.good, x < 80 ? "left" : "right");
}

function drawStalls(on) {
  const { row, arrivals } = shown;
  for (const { at, gap } of arrivals) {
    if (gap === null || gap < STALL_NS) continue;
    const [left, right] = [on.x(at - gap - row.sent_ns), on.x(at - row.sent_ns)];
    band(left, right, on, colours.bad, 0.16);
    const text = span(gap);
    if (context.measureText(text).width + 6 < right - left) {
      label(text, (left + right) / 2, TOP_PX + 6, colours.bad, "center");
    }
  }
}

// How the text grew: a quiet staircase behind the ticks.
function drawSum(on) {
  const { arrivals, row } = shown;
  const total = arrivals.reduce((sum, each) => sum + each.chars, 0);
  if (!total) return;
  context.strokeStyle = colours.muted;
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.beginPath();
  let [sum, y] = [0, on.floor];
  context.moveTo(on.x(arrivals[0].at - row.sent_ns), y);
  for (const { at, chars } of arrivals) {
    const x = on.x(at - row.sent_ns);
    context.lineTo(x, y);
    y = on.floor - (on.height * (sum += chars)) / total;
    context.lineTo(x, y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

// The more characters an arrival brought, the higher its tick.
function drawTicks(on) {
  const { arrivals, row } = shown;
  const looks = { answer: [colours.accent, 1], reasoning: [colours.warn, 0.9], "": [colours.muted, 0.9] };
  for (const [kind, [colour, alpha]] of Object.entries(looks)) {
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.lineWidth = 1.25;
    context.beginPath();
    for (const arrival of arrivals) {
      if (arrival.kind !== kind) continue;
      const x = Math.round(2 * on.x(arrival.at - row.sent_ns)) / 2;
      context.moveTo(x, on.floor);
      context.lineTo(x, on.floor - tall(arrival, on));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
  const one = arrivals[chosen];
  if (!one) return;
  const x = on.x(one.at - row.sent_ns);
  line(x, TOP_PX - 8, x, on.floor, colours.ink, 2);
}

function tall({ chars }, on) {
  return on.height * Math.min(0.85, 0.25 + 0.1 * Math.log2(1 + chars));
}

function drawEnd(on) {
  const { row } = shown;
  if (row.is_open || row.ended_ns === null) return;
  const x = on.x(row.ended_ns - row.sent_ns);
  const colour = row.tone === "bad" ? colours.bad : colours.muted;
  line(x, TOP_PX - 8, x, on.floor, colour, 1.5);
  label(row.state, Math.min(x + 3, on.width) - 4, 10, colour, "right");
}

function nearest(x) {
  const { arrivals, row } = shown;
  if (!row || !arrivals.length) return -1;
  const on = scale();
  const wanted = on.ns(x) + row.sent_ns;
  let [low, high] = [0, arrivals.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrivals[middle].at < wanted) low = middle + 1;
    else high = middle;
  }
  const distance = (index) => Math.abs(on.x(arrivals[index].at - row.sent_ns) - x);
  const best = low > 0 && distance(low - 1) < distance(low) ? low - 1 : low;
  return distance(best) <= REACH_PX ? best : -1;
}

// Whether text is still to come first; a stream that brought so much without any has none.
export function isWaiting(row, arrivals) {
  return row.is_open && row.ttft_ns === null && !row.is_text && arrivals.length < 20;
}

// Stalls among the arrivals, and the longest gap of all, null where there is none.
export function stallsOf(arrivals) {
  let [count, longest] = [0, null];
  for (const { gap } of arrivals) {
    if (gap === null) continue;
    if (gap >= STALL_NS) ++count;
    if (longest === null || gap > longest) longest = gap;
  }
  return { count, longest };
}

// What the strip shows, for who can't see it; said when one comes to it.
function summary(row, arrivals) {
  return `${counted(arrivals.length, "arrival")}, ${counted(stallsOf(arrivals).count, "stall")}${row.ttft_ns === null ? "" : `, first text after ${row.ttft}`}`;
}

canvas.addEventListener("pointermove", ({ offsetX }) => choose(nearest(offsetX)));
canvas.addEventListener("pointerleave", () => choose(-1));
canvas.addEventListener("blur", () => choose(-1));
canvas.addEventListener("focus", () => {
  canvas.setAttribute("aria-valuetext", shown.row ? summary(shown.row, shown.arrivals) : "none yet");
});
canvas.addEventListener("keydown", (event) => {
  const last = shown.arrivals.length - 1;
  const moves = { ArrowLeft: chosen < 0 ? last : chosen - 1, ArrowRight: chosen + 1, Home: 0, End: last };
  if (!(event.key in moves) || last < 0) return;
  event.preventDefault();
  choose(Math.max(0, Math.min(last, moves[event.key])));
});
new ResizeObserver(([{ contentRect }]) => { size = contentRect; draw(); }).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });
readColours();

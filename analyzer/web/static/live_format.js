// How what moves with the clock is said; what stands still comes formatted from the server.
// Spans and countdowns read as everywhere else (analyzer/report/live/words.py, countdown.py).

export const STALL_NS = 250e6;
const ON_ITS_WAY_NS = 450e6; // the recorder writes after 0.2 s, is read after 0.1 s and told after 0.1 s
const SECOND = 1e9;
const DAY_S = 86400;

// A length of time: 412 ms, 3.21 s, 75 s.
export function span(ns) {
  const ms = ns / 1e6;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  const s = ms / 1e3;
  return s < 9.995 ? `${s.toFixed(2)} s` : `${s.toFixed(0)} s`;
}

// A span in its two largest units, cut off: 3 m 20 s, 2 h 05 m, 89 d 23 h, 45 s.
export function countdown(ns) {
  const seconds = Math.floor(Math.abs(ns) / SECOND);
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  if (seconds === 0) return "< 1 s";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  if (seconds < DAY_S) return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} m`;
  return `${Math.floor(seconds / DAY_S).toLocaleString("en")} d ${Math.floor((seconds % DAY_S) / 3600)} h`;
}

// A moment since the request was sent: 1.234 s.
export function moment(ns) {
  return `${(ns / SECOND).toFixed(3)} s`;
}

// A label of the time axis whose ticks are `step` seconds apart.
export function axisLabel(seconds, step) {
  if (seconds >= 120 && step >= 30) {
    const rest = seconds % 60;
    return rest ? `${Math.floor(seconds / 60)} m ${rest} s` : `${seconds / 60} m`;
  }
  return `${step < 1 ? seconds.toFixed(1) : seconds} s`;
}

// Whether a stream surely stalls at this moment: what came may still be on its way to the page.
export function isRunning(row, now) {
  return row.is_open && row.arrived_ns !== null && now - row.arrived_ns >= STALL_NS + ON_ITS_WAY_NS;
}

// Change an element only where it isn't so already: a change costs a layout.
export function set(element, text, className) {
  if (element.textContent !== text) element.textContent = text;
  if (className !== undefined && element.className !== className) element.className = className;
}

export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// Two chats in two frames talk to each other: each answer is the other's next prompt.
//
// What happens is in window.__duet, for tests and for the curious:
//
//   __duet = {turns: [{speaker, conversationId, requestId, seed, prompt, text, sentAt,
//             firstTextAt, endedAt, status, error, repeats}], loop, done, ended}
//
// `speaker` is A or B; times are this page's performance.now() in ms (add performance.timeOrigin
// for Unix time); `status` as in window.__lab. A turn whose answer was given before, by whichever
// speaker, `repeats` that turn (both count from 1): the first such turn is the loop,
// {turn, repeats, period}, where `period` is how many turns lie between. White space at the ends
// and its amount do not count. `ended` says why it is done: turns, loop, stopped or failed.
//
// The address may say: turns (then it begins by itself), seeds (of the answers in order, repeated
// if they are fewer than the turns; else every turn has its own), loop=go (a loop is said, and the
// talk goes on), and what the chat page takes: kind, form, encoding, time_scale.

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const SPEAKERS = ["A", "B"];
const OPENING = "Two chats, one line: what makes a stream feel fast?";
const CHAT_OPTIONS = ["kind", "form", "encoding", "time_scale"];
const MAX_TURNS = 500;
const seeds = (query.get("seeds") ?? "").split(",").filter(Boolean).map(Number);
const chats = SPEAKERS.map((name) => ({
  name,
  frame: $(`frame-${name.toLowerCase()}`),
  figure: document.querySelector(`figure[data-speaker=${name}]`),
  lane: document.querySelector(`.lane[data-speaker=${name}]`),
}));
let duet = null;
let wanted = 0;

function reset() {
  duet = window.__duet = { turns: [], loop: null, done: false, ended: "" };
  $("loop").hidden = true;
  for (const { lane } of chats) lane.querySelector(".track").replaceChildren();
}

// A chat is ready when its frame says so; each talk begins with two new ones.
function openChat(chat) {
  const options = new URLSearchParams({ embed: "1" });
  for (const name of CHAT_OPTIONS) if (query.has(name)) options.set(name, query.get(name));
  return new Promise((resolve) => {
    chat.ready = resolve;
    chat.frame.src = `/?${options}`;
  });
}

async function talk() {
  reset();
  wanted = Math.min(MAX_TURNS, Math.max(1, Number($("turns").value)));
  setBusy(true);
  say("Opening two chats…");
  await Promise.all(chats.map(openChat));
  requestAnimationFrame(draw);
  let prompt = OPENING;
  while (!duet.ended) {
    const turn = await take(chats[duet.turns.length % chats.length], prompt);
    prompt = turn.text;
    noticeLoop();
    if (!duet.ended) duet.ended = endedBy(turn);
  }
  duet.done = true;
  setBusy(false);
  sayEnd();
  drawLanes(duet.turns.at(-1)?.endedAt);
}

// One turn: its promise is kept when the frame says that it has ended.
function take(chat, prompt) {
  const seed = seeds.length ? seeds[duet.turns.length % seeds.length] : duet.turns.length + 1;
  const turn = {
    speaker: chat.name, conversationId: "", requestId: "", seed, prompt, text: "",
    sentAt: performance.now(), firstTextAt: 0, endedAt: 0, status: "streaming", error: "", repeats: 0,
  };
  duet.turns.push(turn);
  chat.figure.dataset.speaking = "";
  say(`Turn ${duet.turns.length} of ${wanted}: ${chat.name} answers`);
  chat.frame.contentWindow.postMessage({ duet: "ask", prompt, seed }, location.origin);
  return new Promise((resolve) => {
    chat.told = (told) => {
      if (duet.turns.at(-1) !== turn) return;
      copy(told, turn);
      if (!turn.endedAt) return;
      delete chat.figure.dataset.speaking;
      resolve(turn);
    };
  });
}

function copy(told, turn) {
  for (const name of ["sentAt", "firstTextAt", "endedAt"]) {
    turn[name] = told[name] && told[name] - performance.timeOrigin;
  }
  turn.requestId = told.id;
  for (const name of ["conversationId", "text", "status", "error"]) turn[name] = told[name];
}

function noticeLoop() {
  const turns = duet.turns;
  const last = turns.at(-1);
  const words = (turn) => turn.text.trim().replace(/\s+/g, " ");
  const before = turns.findLastIndex((turn) => turn !== last && words(turn) === words(last));
  if (before < 0 || !words(last)) return;
  last.repeats = before + 1;
  const period = turns.length - last.repeats;
  if (duet.loop) return;
  duet.loop = { turn: turns.length, repeats: last.repeats, period };
  if ($("until-loop").checked) duet.ended ||= "loop";
  const saidBy = turns[before].speaker === last.speaker ? "its own" : `${turns[before].speaker}’s`;
  $("loop").textContent = `A loop of ${counted(period, "turn")}: in turn ${turns.length} ${last.speaker} `
    + `gave ${saidBy} answer of turn ${last.repeats} again. `
    + (duet.ended ? "The talk ended there." : "It was let go on.");
  $("loop").hidden = false;
}

function endedBy(turn) {
  if (turn.status === "stopped") return "stopped";
  if (turn.status !== "done" || !turn.text.trim()) return "failed";
  return duet.turns.length >= wanted ? "turns" : "";
}

function stop() {
  duet.ended = "stopped";
  for (const { frame } of chats) frame.contentWindow.postMessage({ duet: "stop" }, location.origin);
}

function say(text) {
  $("state").textContent = text;
}

function sayEnd() {
  const last = duet.turns.at(-1);
  const after = `after ${counted(duet.turns.length, "turn")}`;
  say({
    turns: `Done ${after}`,
    loop: `Ended at a loop, ${after}`,
    stopped: `Stopped ${after}`,
    failed: `${last?.speaker}’s answer broke off, ${after}: ${last?.error || "nothing was said"}`,
  }[duet.ended]);
}

function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}

// ---------------------------------------------------------------- the score

function draw() {
  if (duet.done) return;
  drawLanes(performance.now());
  requestAnimationFrame(draw);
}

function drawLanes(now) {
  if (!duet.turns.length) return;
  const from = duet.turns[0].sentAt;
  const span = Math.max(now - from, 1);
  $("span").textContent = seconds(span);
  for (const chat of chats) {
    const own = duet.turns.filter((turn) => turn.speaker === chat.name);
    const track = chat.lane.querySelector(".track");
    own.forEach((turn, index) => {
      const text = turn.firstTextAt || turn.endedAt || now;
      place(track, index * 2, "wait", turn, turn.sentAt - from, text - from, span);
      place(track, index * 2 + 1, "text", turn, text - from, (turn.endedAt || now) - from, span);
    });
    showWait(chat, now);
  }
}

function place(track, index, part, turn, begin, end, span) {
  const bar = track.children[index] ?? track.appendChild(document.createElement("i"));
  bar.dataset.part = part;
  bar.title = `turn ${duet.turns.indexOf(turn) + 1}`;
  if (turn.repeats && part === "text") bar.dataset.repeats = turn.repeats;
  bar.style.left = `${(begin / span) * 100}%`;
  bar.style.width = `${((end - begin) / span) * 100}%`;
}

// A speaker waits from its own answer's end, or from the talk's beginning, to the other's end.
function showWait(chat, now) {
  let waited = 0;
  let since = duet.turns[0].sentAt;
  for (const turn of duet.turns) {
    const end = turn.endedAt || now;
    if (turn.speaker !== chat.name) waited += end - since;
    since = end;
  }
  const note = chat.lane.querySelector(".wait");
  const words = document.createElement("em");
  words.textContent = `for ${chat.name === "A" ? "B" : "A"} `;
  note.replaceChildren("waited ", words, seconds(waited));
}

function setBusy(busy) {
  $("start").hidden = $("turns").disabled = busy;
  $("stop").hidden = !busy;
}

function start() {
  reset();
  $("turns").value = query.get("turns") ?? $("turns").value;
  $("until-loop").checked = query.get("loop") !== "go";
  addEventListener("message", ({ origin, source, data }) => {
    const chat = chats.find(({ frame }) => frame.contentWindow === source);
    if (origin !== location.origin || !chat) return;
    if (data.duet === "ready") chat.ready?.();
    if (data.duet === "turn") chat.told?.(data.turn);
  });
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    talk();
  });
  $("stop").addEventListener("click", stop);
  $("start").disabled = false;
  say("Each answer will be the other’s next prompt.");
  if (query.has("turns")) talk();
}

start();

// The chat page. What it measures is in window.__lab, for tests and for the curious:
//
//   __lab.turns[i] = {id, action, conversationId, userMessageId, messageId, kind, form, status,
//                     error, text, reasoning, title, events, protocol, sentAt, headersAt,
//                     firstTextAt, endedAt, reads: [{at, bytes}],
//                     resumes: [{id, offset, sentAt, headersAt}]}
//
// `action` is next, edit or variant; `resumes` are the streams that went on with a turn which was
// handed off, and whose events and reads follow those of the first. `id` is the response's x-request-id, `status` one of streaming, done, stopped, error, cut; times
// are performance.now() in ms (add performance.timeOrigin for Unix time); a read is what one
// reader.read() returned, after content decoding. `firstTextAt` is the read that the text which
// was first drawn came with. `reads` and `events` grow while the stream runs.

import { call, getJson, postJson } from "./api.js";
import { loadMore, promote, select, startList } from "./sidebar.js";
import { EventParser, Turn } from "./stream.js";
import { AnswerView, addUser, clear, removeFrom, scrollDown } from "./view.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const embedded = query.has("embed"); // in a frame of a page that asks for us, see embed.js
const lab = (window.__lab = { turns: [], ready: false });
const ROOT = "client-created-root"; // what the first message of a conversation hangs from
const STOP_WAIT_MS = 2000; // for the stream to close properly before the request is aborted
const SUGGESTIONS = [
  ["steady", "Show me an even stream", "a word every 30 ms"],
  ["reasoning", "Think first, then answer", "thoughts, a recap, the answer"],
  ["stall", "Make me wait in the middle", "a few pauses of up to 2 s"],
  ["bursty", "Send words in bursts", "many events share one write"],
];
let conversation = { id: "", title: "", parent: "" };
let running = null;

function setConversation(id, title, parent = "") {
  conversation = { id, title, parent };
  $("title").textContent = title || "New chat";
  document.title = title ? `${title} – streamscope lab` : "streamscope lab";
}

function newChat() {
  setConversation("", "");
  select("");
  history.pushState(null, "", `/${location.search}`);
  clear();
  closeList();
  $("composer").focus();
}

async function openConversation(id, title) {
  closeList();
  setConversation(id, title);
  select(id);
  if (location.pathname !== `/c/${id}`) history.pushState(null, "", `/c/${id}${location.search}`);
  clear();
  try {
    const detail = await getJson(`/backend-api/conversation/${encodeURIComponent(id)}`);
    if (conversation.id !== id) return; // another one was opened meanwhile
    setConversation(id, detail.title, detail.current_node);
    showHistory(detail);
  } catch (error) {
    showNotice(error);
  }
}

function showHistory(detail) {
  const path = [];
  for (let id = detail.current_node; id; id = detail.mapping[id].parent) {
    if (detail.mapping[id].message) path.unshift(detail.mapping[id].message);
  }
  let asked = null;
  for (const message of path) {
    const text = message.content.parts.join("");
    if (message.author.role === "user") {
      asked = { id: message.id, parent: detail.mapping[message.id].parent, text };
      show(asked);
    } else {
      const view = new AnswerView(detail.conversation_id, again(asked));
      view.article.dataset.messageId = message.id;
      view.showText(text, "");
      view.setStatus("done");
    }
  }
  scrollDown(true);
}

function showNotice(error) {
  const view = new AnswerView();
  view.setStatus("error");
  view.showProblem(error.message);
}

// What the body's `lab` field asks for: the controls, the page's query, or a prompt's own words.
function wishOf(prompt) {
  const wish = { kind: $("kind").value, encoding: $("encoding").value };
  if (query.has("ids")) wish.ids = query.get("ids");
  for (const name of ["seed", "time_scale"]) if (query.has(name)) wish[name] = Number(query.get(name));
  const command = /^\/kind\s+(\S+)/.exec(prompt);
  if (command) wish.kind = command[1];
  return wish;
}

function questionOf(asked, action, form, wish) {
  return {
    action,
    messages: [{
      id: asked.id,
      author: { role: "user" },
      content: { content_type: "text", parts: [asked.text] },
    }],
    ...(conversation.id ? { conversation_id: conversation.id } : {}),
    parent_message_id: asked.parent,
    model: "auto",
    timezone_offset_min: new Date().getTimezoneOffset(),
    supported_encodings: form === "delta_v1" ? ["v1"] : [],
    lab: wish,
  };
}

function ask(prompt, wishes = {}, parent = conversation.parent || ROOT, action = "next") {
  const asked = { id: crypto.randomUUID(), parent, text: prompt };
  show(asked);
  return answer(asked, action, wishes);
}

// A message of the user, with a way to ask something else in its place.
function show(asked) {
  addUser(asked, (text) => {
    if (running) return;
    removeFrom(articleOf(asked.id));
    ask(text, {}, asked.parent, "edit");
  });
}

function articleOf(messageId) {
  return document.querySelector(`article[data-message-id="${CSS.escape(messageId)}"]`);
}

// Ask for another answer to the same message, which takes the place of the one on the screen.
function again(asked) {
  return (article) => {
    if (running) return;
    removeFrom(article);
    answer(asked, "variant");
  };
}

// Ask for a stream, and show what it brings until the turn has ended. An edit is a `next`
// whose parent has a message of the user already.
async function answer(asked, action, wishes = {}) {
  const form = $("wire-form").value;
  const wish = { ...wishOf(asked.text), ...wishes };
  if (action === "variant") delete wish.seed; // the same words again would be no variant
  const record = {
    id: "", action, conversationId: "", userMessageId: asked.id, messageId: "", kind: wish.kind, form,
    status: "streaming", error: "", text: "", reasoning: "", title: "", events: 0, protocol: "",
    sentAt: 0, headersAt: 0, firstTextAt: 0, endedAt: 0, reads: [], resumes: [],
  };
  lab.turns.push(record);
  const view = new AnswerView(conversation.id, again(asked));
  running = { view, abort: new AbortController(), stopping: false };
  setBusy(true);
  const turn = new Turn();
  try {
    record.sentAt = performance.now();
    const path = form === "delta_v1" ? "/backend-api/f/conversation" : "/backend-api/conversation";
    const question = questionOf(asked, action === "variant" ? action : "next", form, wish);
    const response = await open(path, question);
    record.headersAt = performance.now();
    record.id = response.headers.get("x-request-id") ?? "";
    view.article.dataset.requestId = record.id;
    await readStream(response, turn, record, view);
    while (turn.handedOff) await resume(turn, record, view);
    settle(turn, record, null);
  } catch (error) {
    settle(turn, record, error);
  }
  finish(turn, record, view);
  return record;
}

function open(path, json) {
  return call(path, { method: "POST", json, signal: running.abort.signal, accept: "text/event-stream" });
}

// The turn goes on in another stream, from the first event that we don't have.
async function resume(turn, record, view) {
  const resumed = { id: "", offset: turn.offset, sentAt: performance.now(), headersAt: 0 };
  record.resumes.push(resumed);
  turn.resume();
  const wanted = { conversation_id: turn.conversationId, offset: turn.offset };
  const response = await open("/backend-api/f/conversation/resume", wanted);
  resumed.headersAt = performance.now();
  resumed.id = response.headers.get("x-request-id") ?? "";
  await readStream(response, turn, record, view);
}

async function readStream(response, turn, record, view) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  let frame = 0;
  const redraw = () => {
    frame = 0;
    draw(turn, record, view);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const at = performance.now();
      if (done) break;
      record.reads.push({ at, bytes: value.byteLength });
      for (const event of parser.feed(decoder.decode(value, { stream: true }))) turn.take(event);
      record.events = turn.events;
      if (turn.conversationId && !conversation.id) begin(turn, view);
      frame ||= requestAnimationFrame(redraw);
    }
  } finally {
    cancelAnimationFrame(frame);
  }
}

// The stream named the conversation that it opened.
function begin(turn, view) {
  setConversation(turn.conversationId, "");
  view.conversationId = turn.conversationId;
  history.replaceState(null, "", `/c/${turn.conversationId}${location.search}`);
  promote(turn.conversationId, "New chat");
}

function draw(turn, record, view) {
  view.conversationId = turn.conversationId;
  view.article.dataset.messageId = turn.messageId;
  view.showText(turn.answer, turn.reasoning);
  const end = record.endedAt || performance.now();
  if (!record.firstTextAt && (turn.answer || turn.reasoning)) record.firstTextAt = record.reads.at(-1).at;
  const wait = record.firstTextAt ? `${((record.firstTextAt - record.sentAt) / 1000).toFixed(2)} s · ` : "";
  const facts = `${wait}${turn.events} events · ${record.reads.length} reads`;
  view.showTrace(record.reads, record.sentAt, end, facts);
}

function settle(turn, record, error) {
  record.endedAt = performance.now();
  if (turn.stopped || running.stopping) record.status = "stopped";
  else if (turn.error) record.status = "error";
  else if (turn.complete) record.status = "done";
  else record.status = error?.status ? "error" : "cut";
  record.error = turn.error || (record.status === "done" || record.status === "stopped" ? "" : error?.message ?? "");
}

async function finish(turn, record, view) {
  Object.assign(record, {
    conversationId: turn.conversationId, messageId: turn.messageId, text: turn.answer,
    reasoning: turn.reasoning, title: turn.title,
  });
  draw(turn, record, view);
  if (record.status === "cut") view.showProblem("The stream broke off before its end.");
  else if (record.error) view.showProblem(record.error);
  record.protocol = $("protocol").textContent;
  view.setStatus(record.status);
  running = null;
  setBusy(false);
  if (turn.messageId) conversation.parent = turn.messageId;
  if (turn.conversationId) await giveTitle(turn);
}

async function giveTitle(turn) {
  let title = turn.title;
  try {
    if (!title && !conversation.title) {
      const path = `/backend-api/conversation/gen_title/${encodeURIComponent(turn.conversationId)}`;
      title = (await postJson(path, { message_id: turn.messageId })).title;
    }
  } catch {
    return; // a chat without a title is still a chat
  }
  promote(turn.conversationId, title);
  if (title && conversation.id === turn.conversationId) setConversation(conversation.id, title, conversation.parent);
}

async function stop() {
  if (!running) return;
  const { abort } = running;
  running.stopping = true;
  setTimeout(() => abort.abort(), STOP_WAIT_MS);
  if (conversation.id) await postJson("/backend-api/stop_conversation", { conversation_id: conversation.id });
}

function watchProtocol() {
  new PerformanceObserver((list) => {
    const name = list.getEntries().at(-1).nextHopProtocol;
    if (name) $("protocol").textContent = name;
    performance.clearResourceTimings(); // the buffer is small, and nobody else reads it
  }).observe({ type: "resource", buffered: true });
}

function setBusy(busy) {
  $("send").hidden = busy;
  $("stop").hidden = !busy;
  updateSend();
}

function updateSend() {
  $("send").disabled = !$("composer").value.trim();
  $("composer").style.height = "auto";
  $("composer").style.height = `${$("composer").scrollHeight}px`;
}

function submit() {
  const prompt = $("composer").value.trim();
  if (!prompt || running) return;
  $("composer").value = "";
  updateSend();
  ask(prompt);
}

function closeList() {
  delete document.body.dataset.list;
}

function fill(select, names, chosen) {
  for (const { name, about } of names) {
    const option = new Option(name, name, false, name === chosen);
    option.title = about ?? "";
    select.append(option);
  }
}

function suggest() {
  for (const [kind, prompt, about] of SUGGESTIONS) {
    const button = document.createElement("button");
    const small = document.createElement("small");
    small.textContent = about;
    button.append(prompt, small);
    button.addEventListener("click", () => {
      $("kind").value = kind;
      if (!running) ask(prompt);
    });
    $("suggestions").append(button);
  }
}

function listen() {
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  $("composer").addEventListener("input", updateSend);
  $("composer").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  $("stop").addEventListener("click", stop);
  $("new-chat").addEventListener("click", newChat);
  $("menu").addEventListener("click", () => { document.body.dataset.list = "open"; });
  $("scrim").addEventListener("click", closeList);
  addEventListener("popstate", openAddress);
}

function openAddress() {
  const id = /^\/c\/([^/]+)$/.exec(location.pathname)?.[1];
  if (id) return openConversation(decodeURIComponent(id), "");
  setConversation("", "");
  select("");
  clear();
  return undefined;
}

async function start() {
  listen();
  watchProtocol();
  suggest();
  updateSend();
  if (!embedded) startList(openConversation);
  try {
    const offered = await (await fetch("/lab/kinds")).json();
    fill($("kind"), offered.kinds, query.get("kind") ?? offered.default.kind);
    fill($("encoding"), offered.encodings.map((name) => ({ name })), query.get("encoding") ?? offered.default.encoding);
    if (query.has("form")) $("wire-form").value = query.get("form");
    if (!embedded) await loadMore();
    await openAddress();
  } catch (error) {
    showNotice(error);
  }
  lab.ready = true;
  if (embedded) (await import("./embed.js")).embed(ask, stop);
}

start();

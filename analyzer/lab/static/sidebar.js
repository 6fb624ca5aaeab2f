// The list of conversations: pages by offset, loaded as one scrolls.

import { getJson } from "./api.js";

const LIMIT = 28;
const nav = document.getElementById("conversations");
const more = document.getElementById("more");
const sidebar = document.getElementById("sidebar");
const known = new Map();
let lastGroup = "";
let offset = 0;
let loading = null;
let ended = false;

function groupOf(time) {
  const day = 86400e3;
  const today = new Date().setHours(0, 0, 0, 0);
  if (time >= today) return "Today";
  if (time >= today - day) return "Yesterday";
  if (time >= today - 7 * day) return "Previous 7 days";
  if (time >= today - 30 * day) return "Previous 30 days";
  return new Date(time).toLocaleDateString("en", { month: "long", year: "numeric" });
}

function link(id, title) {
  const a = document.createElement("a");
  a.href = `/c/${encodeURIComponent(id)}`;
  a.dataset.conversation = id;
  a.textContent = title;
  known.set(id, a);
  return a;
}

function append(item) {
  // With order=updated rows move while one chats: a page may repeat what is shown already.
  if (known.has(item.id)) return;
  const group = groupOf(Date.parse(item.update_time));
  if (group !== lastGroup) nav.append(heading(group));
  lastGroup = group;
  nav.append(link(item.id, item.title));
}

function heading(group) {
  const h3 = document.createElement("h3");
  h3.textContent = group;
  return h3;
}

// Who asks while a page is loading waits for that page.
export function loadMore() {
  loading ??= loadPage().finally(() => { loading = null; });
  return loading;
}

async function loadPage() {
  if (ended) return;
  more.textContent = "Loading…";
  try {
    const page = await getJson(`/backend-api/conversations?offset=${offset}&limit=${LIMIT}&order=updated`);
    page.items.forEach(append);
    offset += page.items.length;
    ended = page.items.length < LIMIT;
    more.textContent = ended ? `${known.size} conversations` : "";
  } catch (error) {
    more.textContent = error.message;
    ended = true;
  }
}

// Put a conversation on top, with a new title if there is one.
export function promote(id, title) {
  let a = known.get(id);
  if (a) a.remove();
  else a = link(id, title);
  if (title) a.textContent = title;
  if (nav.firstElementChild?.textContent !== "Today") nav.prepend(heading("Today"));
  nav.firstElementChild.after(a);
  select(id);
}

export function select(id) {
  for (const a of nav.querySelectorAll("[aria-current]")) a.removeAttribute("aria-current");
  known.get(id)?.setAttribute("aria-current", "page");
}

export function startList(open) {
  nav.addEventListener("click", (event) => {
    const a = event.target.closest("a");
    if (!a || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    open(a.dataset.conversation, a.textContent);
  });
  new IntersectionObserver((seen) => seen[0].isIntersecting && loadUntilFull(), {
    root: sidebar,
    rootMargin: "300px",
  }).observe(more);
}

// The observer speaks only when the end comes into sight, not when it stays there.
async function loadUntilFull() {
  do await loadMore();
  while (!ended && more.getBoundingClientRect().top < sidebar.clientHeight + 300);
}

// The conversation: articles, and how one of them shows a turn that is coming in.

import { postJson } from "./api.js";

const messages = document.getElementById("messages");
const welcome = document.getElementById("welcome");
const template = document.getElementById("turn");
const questionTemplate = document.getElementById("question");

export function clear() {
  messages.replaceChildren(welcome);
  welcome.hidden = false;
}

// `message` is {id, parent, text}; `edited` is called with a new text, to ask in its place.
export function addUser(message, edited) {
  welcome.hidden = true;
  const article = questionTemplate.content.firstElementChild.cloneNode(true);
  article.dataset.messageId = message.id;
  const bubble = article.querySelector("[data-part=question]");
  bubble.textContent = message.text;
  letEdit(article, bubble, message.text, edited);
  messages.append(article);
  scrollDown(true);
}

function letEdit(article, bubble, text, edited) {
  const pencil = article.querySelector("[data-edit]");
  const form = article.querySelector("form");
  const field = form.querySelector("textarea");
  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };
  const show = (editing) => {
    bubble.hidden = pencil.hidden = editing;
    form.hidden = !editing;
    if (!editing) return pencil.focus();
    field.value = text;
    fit();
    return field.focus();
  };
  pencil.addEventListener("click", () => show(true));
  form.querySelector("[data-cancel]").addEventListener("click", () => show(false));
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return show(false);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return undefined;
    event.preventDefault();
    return form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) edited(field.value.trim());
  });
}

// What comes from an article on leaves the screen: another branch takes its place.
export function removeFrom(article) {
  while (article.nextElementSibling) article.nextElementSibling.remove();
  article.remove();
}

export function scrollDown(always = false) {
  const distance = messages.scrollHeight - messages.scrollTop - messages.clientHeight;
  if (always || distance < 160) messages.scrollTop = messages.scrollHeight;
}

export class AnswerView {
  // `regenerate`, if given, asks for another answer to the same message.
  constructor(conversationId = "", regenerate = null) {
    this.article = template.content.firstElementChild.cloneNode(true);
    this.conversationId = conversationId;
    this.part = (name) => this.article.querySelector(`[data-part=${name}]`);
    for (const button of this.article.querySelectorAll("[data-rating]")) {
      button.addEventListener("click", () => this.#rate(button));
    }
    const again = this.article.querySelector("[data-again]");
    again.hidden = !regenerate;
    again.addEventListener("click", () => regenerate(this.article));
    messages.append(this.article);
    this.setStatus("streaming");
  }

  setStatus(status) {
    this.article.dataset.status = status;
  }

  showText(answer, reasoning) {
    this.part("answer").textContent = answer;
    if (reasoning) {
      this.part("reasoning").hidden = false;
      this.article.querySelector(".thoughts").textContent = reasoning;
    }
    this.part("reasoning").open = Boolean(reasoning) && !answer;
    scrollDown();
  }

  showProblem(text) {
    this.part("problem").textContent = text;
    this.part("problem").hidden = false;
    scrollDown();
  }

  // One tick a read, at its time: the shape of the stream at a glance.
  showTrace(reads, from, to, facts) {
    this.article.dataset.measured = "";
    this.article.querySelector(".facts").textContent = facts;
    const canvas = this.article.querySelector("canvas");
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = getComputedStyle(canvas).color;
    pen.globalAlpha = 0.25;
    pen.fillRect(0, canvas.height - 3, canvas.width, 3);
    pen.globalAlpha = 0.8;
    const span = Math.max(1, to - from);
    const tallest = Math.max(1, ...reads.map((read) => read.bytes));
    for (const read of reads) {
      const height = 8 + (canvas.height - 8) * Math.sqrt(read.bytes / tallest);
      pen.fillRect(((read.at - from) / span) * (canvas.width - 3), canvas.height - height, 3, height);
    }
  }

  async #rate(button) {
    const messageId = this.article.dataset.messageId;
    if (!messageId) return;
    const others = this.article.querySelectorAll("[data-rating]");
    for (const other of others) other.setAttribute("aria-pressed", String(other === button));
    try {
      await postJson("/backend-api/conversation/message_feedback", {
        conversation_id: this.conversationId,
        message_id: messageId,
        rating: button.dataset.rating,
        tags: [],
        text: "",
      });
    } catch (error) {
      this.showProblem(error.message);
    }
  }
}

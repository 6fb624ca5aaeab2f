// The conversation: articles, and how one of them shows a turn that is coming in.

import { postJson } from "./api.js";

const messages = document.getElementById("messages");
const welcome = document.getElementById("welcome");
const template = document.getElementById("turn");

export function clear() {
  messages.replaceChildren(welcome);
  welcome.hidden = false;
}

export function addUser(text) {
  welcome.hidden = true;
  const article = document.createElement("article");
  article.dataset.role = "user";
  const bubble = document.createElement("div");
  bubble.textContent = text;
  article.append(bubble);
  messages.append(article);
  scrollDown(true);
}

export function scrollDown(always = false) {
  const distance = messages.scrollHeight - messages.scrollTop - messages.clientHeight;
  if (always || distance < 160) messages.scrollTop = messages.scrollHeight;
}

export class AnswerView {
  constructor(conversationId = "") {
    this.article = template.content.firstElementChild.cloneNode(true);
    this.conversationId = conversationId;
    this.part = (name) => this.article.querySelector(`[data-part=${name}]`);
    for (const button of this.article.querySelectorAll("[data-rating]")) {
      button.addEventListener("click", () => this.#rate(button));
    }
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

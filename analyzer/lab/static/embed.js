// The chat page inside a frame: the page around it asks, and is told what becomes of it.
//
//   in:  {duet: "ask", prompt, seed}    {duet: "stop"}
//   out: {duet: "ready"}    {duet: "turn", turn}
//
// `turn` is what window.__lab.turns has of it, its times as Unix ms, without its reads. It is
// told when it was sent, when its first text came, and when it has ended. Both sides take
// messages of their own origin alone, and only from each other.

const TIMES = ["sentAt", "headersAt", "firstTextAt", "endedAt"];

function tell(turn) {
  const { reads, ...told } = turn;
  for (const name of TIMES) if (told[name]) told[name] += performance.timeOrigin;
  parent.postMessage({ duet: "turn", turn: told }, location.origin);
}

function tellFirstText(turn) {
  if (turn.firstTextAt && !turn.endedAt) tell(turn);
  else if (!turn.endedAt) requestAnimationFrame(() => tellFirstText(turn));
}

function style() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "/static/embed.css";
  document.head.append(link);
  return new Promise((resolve) => { link.onload = link.onerror = resolve; });
}

export async function embed(ask, stop) {
  addEventListener("message", async ({ origin, source, data }) => {
    if (origin !== location.origin || source !== parent) return;
    if (data.duet === "stop") stop();
    if (data.duet !== "ask") return;
    const answered = ask(data.prompt, data.seed === undefined ? {} : { seed: data.seed });
    const turn = window.__lab.turns.at(-1);
    tell(turn);
    tellFirstText(turn);
    await answered;
    tell(turn);
  });
  await style();
  parent.postMessage({ duet: "ready" }, location.origin);
}

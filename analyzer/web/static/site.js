// What the database's pages do beyond Datasette's: draw their rows, open what stands alone, and
// read the captures again when asked.

const figure = document.querySelector("figure.chart");
if (figure) import("/-/streamscope/static/chart.js").then((made) => made.draw(figure));

if (document.body.classList.contains("row")) {
  for (const folded of document.querySelectorAll("table.one details")) folded.open = true;
}

const age = document.querySelector("[data-refresh]");
if (age) watchAge(age);

if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 1500);

function watchAge(age) {
  const address = age.dataset.refresh;
  const button = age.querySelector("button");
  const said = age.querySelector("[data-age]");
  const wait = async () => {
    const state = await (await fetch(address)).json();
    if (state.running) setTimeout(wait, 700);
    else if (state.fault) said.textContent = `Reading them again failed: ${state.fault}`;
    else location.reload();
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "The captures are being read again…";
    await fetch(address, { method: "POST" });
    wait();
  });
  if (button.disabled) wait();
}

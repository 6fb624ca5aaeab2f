// What the page does by itself: tables sort, links open what they lead to, charts are drawn.
(() => {
  "use strict";

  // ---- tables

  const NUMBER = /^[−-]?[\d,]+(\.\d+)?/;

  const rank = (cell) => {
    if (!cell) return null;
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    if (!text || text === "–" || text === "·") return null;
    const number = NUMBER.exec(text);
    return number && cell.classList.contains("n")
      ? Number(number[0].replace(/,/g, "").replace("−", "-"))
      : text;
  };

  // Numbers before texts; texts with numbers in them by these. What is not known is last anyway.
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, "en", { numeric: true });
  };

  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  const sortable = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const sort = (column, way) => {
      const ranked = rows.map((row) => [rank(row.cells[column]), row]);
      const known = ranked.filter(([value]) => value !== null);
      if (way !== "none") {
        const sign = way === "ascending" ? 1 : -1;
        known.sort(([a], [b]) => sign * compare(a, b));
      }
      const unknown = way === "none" ? [] : ranked.filter(([value]) => value === null);
      body.append(...(way === "none" ? rows : [...known, ...unknown].map(([, row]) => row)));
    };
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const way = NEXT[head.getAttribute("aria-sort") ?? "none"];
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (way !== "none") head.setAttribute("aria-sort", way);
        sort(column, way);
      });
    });
  };

  for (const table of document.querySelectorAll("table.sorts")) {
    if (table.tBodies[0].rows.length > 1) sortable(table);
  }

  // ---- where one is

  const links = new Map(
    [...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]),
  );
  const here = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  for (const place of links.keys()) here.observe(document.getElementById(place));

  // ---- charts

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  const hideTip = () => {
    tip.hidden = true;
  };

  // Values go in as text: whatever a title has in it is read, never run.
  const showTip = (event, value) => {
    const pairs = typeof value === "object" ? Object.entries(value) : [["", value]];
    tip.replaceChildren(
      ...pairs.map(([name, said]) => {
        const row = document.createElement("div");
        const [key, text] = [document.createElement("span"), document.createElement("span")];
        key.textContent = name;
        text.textContent = String(said);
        row.append(key, text);
        return row;
      }),
    );
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - width - 8);
    const top = event.clientY + 14 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 14;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${Math.max(top, 8)}px`;
  };

  const tooltip = (_, event, __, value) => {
    if (value === null || value === undefined || value === "") hideTip();
    else showTip(event, value);
  };
  addEventListener("scroll", hideTip, { passive: true });

  const waiting = new Set(document.querySelectorAll(".chart"));
  let drawing = 0;

  const told = () => {
    if (!waiting.size && !drawing) document.documentElement.dataset.charts = "drawn";
  };

  const draw = async (place) => {
    if (!waiting.delete(place)) return;
    drawing += 1;
    const read = (node) => JSON.parse(node.textContent);
    try {
      await window.vegaEmbed(place, read(place.parentElement.querySelector("script")), {
        actions: false,
        ast: true,
        config: read(document.getElementById("config")),
        defaultStyle: false,
        mode: "vega-lite",
        renderer: "svg",
        tooltip,
      });
      // The place itself says what is to be seen; thousands of marks are no reading.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      place.dataset.drawn = "yes";
    } catch (error) {
      place.textContent = "This chart could not be drawn; the tables have its figures.";
      console.error(error);
    }
    drawing -= 1;
    told();
  };

  // Those in sight first, the others while nobody waits: a printed page has them all.
  const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 50));
  const next = async () => {
    const [place] = waiting;
    if (!place) return;
    await draw(place);
    idle(next);
  };
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  for (const place of waiting) seen.observe(place);
  addEventListener("load", () => idle(next));
  addEventListener("beforeprint", () => {
    for (const place of [...waiting]) draw(place);
    for (const folded of document.querySelectorAll("details:not([open])")) folded.open = true;
  });
  told();
})();

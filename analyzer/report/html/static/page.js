// What the page does by itself: tables sort, links open what they lead to.
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

  // ---- exchanges: newer browsers open what an address is in by themselves

  const opened = () => {
    const target = document.getElementById(location.hash.slice(1));
    const folded = target?.closest("details:not([open])");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", opened);
  opened();
})();

// Charts: drawn once in sight, read by mouse or by keyboard, saved as files.
(() => {
  "use strict";

  // Expressions are interpreted, not compiled, and no style is put into the page: its policy.
  const HOW = {
    actions: false,
    ast: true,
    defaultStyle: false,
    mode: "vega-lite",
    renderer: "svg",
    tooltip: false,
  };

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  const hideTip = () => {
    tip.hidden = true;
  };

  const pairsOf = (value) => (typeof value === "object" ? Object.entries(value) : [["", value]]);

  // Values go in as text: whatever a title has in it is read, never run.
  const showTip = ({ clientX, clientY }, value) => {
    const pairs = pairsOf(value);
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
    const left = Math.min(clientX + 14, innerWidth - width - 8);
    const below = clientY + 14;
    const top = below + height > innerHeight ? clientY - height - 10 : below;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${Math.max(top, 8)}px`;
  };

  const tooltip = (_, event, __, value) => {
    if (value === null || value === undefined || value === "") hideTip();
    else showTip(event, value);
  };
  addEventListener("scroll", hideTip, { passive: true });

  // ---- by keyboard: from mark to mark, as by mouse

  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("aria-live", "polite");
  document.body.append(said);

  const marksOf = (place) =>
    [...place.querySelectorAll("svg .role-mark *")]
      .filter((node) => node.__data__?.tooltip)
      .map((node) => [node.getBoundingClientRect(), node])
      .sort(([a], [b]) => a.left - b.left || a.top - b.top)
      .map(([, node]) => node);

  const ZOOMS = { "+": -240, "-": 240 };

  const byKeyboard = (place) => {
    let marks = [];
    let at = -1;
    const leave = () => {
      marks[at]?.classList.remove("at");
      hideTip();
    };
    const stand = (next) => {
      leave();
      at = Math.max(0, Math.min(next, marks.length - 1));
      const node = marks[at];
      if (!node) return;
      node.classList.add("at");
      const { left, top, width, height } = node.getBoundingClientRect();
      const value = node.__data__.tooltip;
      showTip({ clientX: left + width / 2, clientY: top + height / 2 }, value);
      said.textContent = pairsOf(value).map((pair) => pair.join(" ").trim()).join(", ");
    };
    const zoom = (deltaY) => {
      const node = marks[at] ?? place.querySelector("svg .background");
      const { left, top, width } = node.getBoundingClientRect();
      const where = { clientX: left + width / 2, clientY: top, bubbles: true, cancelable: true };
      node.dispatchEvent(new WheelEvent("wheel", { ...where, deltaY, ctrlKey: true }));
    };
    const ACTS = {
      ArrowRight: () => stand(at + 1),
      ArrowLeft: () => stand(at - 1),
      Home: () => stand(0),
      End: () => stand(marks.length - 1),
      Escape: leave,
      Enter: () => {
        const href = marks[at]?.__data__.href;
        if (href) location.hash = href;
      },
    };
    place.tabIndex = 0;
    place.setAttribute("role", "application");
    place.setAttribute("aria-roledescription", "chart");
    place.setAttribute("aria-description", "Arrow keys go from mark to mark, Enter opens one");
    place.addEventListener("focus", () => {
      marks = marksOf(place);
    });
    place.addEventListener("blur", leave);
    place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in ZOOMS) zoom(ZOOMS[event.key]);
      else if (Object.hasOwn(ACTS, event.key)) ACTS[event.key]();
      else return;
      event.preventDefault();
    });
  };

  // ---- saved: the picture that `-o` makes, with its title and sentences, in the page's colours

  const read = (node) => JSON.parse(node.textContent);
  const dataOf = (figure) => figure.querySelector("script");
  const LINE = /\S.{0,136}\S(?=\s|$)|\S/g;

  const alone = (figure) => {
    const style = getComputedStyle(document.documentElement);
    const coloured = (_, value) =>
      typeof value === "string"
        ? value.replace(/^var\((--\w+)\)$/, (_, name) => style.getPropertyValue(name).trim())
        : value;
    // Links to a page would lead nowhere.
    const spec = JSON.parse(dataOf(figure).textContent, (key, value) =>
      key === "href" ? undefined : value,
    );
    const lines = [...figure.querySelectorAll("figcaption p:not(.hint)")].flatMap(
      (one) => one.textContent.match(LINE) ?? [],
    );
    return {
      ...spec,
      config: JSON.parse(document.getElementById("config").textContent, coloured),
      width: 860,
      padding: 16,
      title: { text: figure.querySelector("h3").textContent, subtitle: lines },
    };
  };

  const drawnAlone = async (figure, take) => {
    const place = document.createElement("div");
    const made = await window.vegaEmbed(place, alone(figure), HOW);
    const taken = await take(made.view, place.querySelector("svg"));
    made.finalize();
    return taken;
  };

  const FILES = {
    svg: (figure) =>
      drawnAlone(figure, (_, svg) => {
        const text = new XMLSerializer().serializeToString(svg);
        return new Blob([text], { type: "image/svg+xml" });
      }),
    png: (figure) =>
      drawnAlone(figure, async (view) => {
        const canvas = await view.toCanvas(2);
        return new Promise((done) => canvas.toBlob(done, "image/png"));
      }),
    json: (figure) => {
      const data = JSON.stringify(read(dataOf(figure)).datasets, null, 1);
      return new Blob([data], { type: "application/json" });
    },
  };

  const save = async (figure, name, kind) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await FILES[kind](figure));
    link.download = `${name}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  const savable = (place) => {
    const figure = place.parentElement;
    const row = document.createElement("p");
    row.className = "saves";
    row.append("Save as");
    for (const kind of Object.keys(FILES)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind === "json" ? "data" : kind.toUpperCase();
      button.addEventListener("click", () => save(figure, place.dataset.chart, kind));
      row.append(" ", button);
    }
    figure.querySelector("h3").after(row);
  };

  // ---- drawn once in sight

  const waiting = new Set(document.querySelectorAll(".chart"));
  let drawing = 0;

  const told = () => {
    if (!waiting.size && !drawing) document.documentElement.dataset.charts = "drawn";
  };

  const draw = async (place) => {
    if (!waiting.delete(place)) return;
    drawing += 1;
    try {
      await window.vegaEmbed(place, read(dataOf(place.parentElement)), {
        ...HOW,
        config: read(document.getElementById("config")),
        tooltip,
      });
      // The place itself says what is to be seen; thousands of marks are no reading.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      byKeyboard(place);
      savable(place);
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
  });
  told();
})();

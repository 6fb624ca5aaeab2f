// Draws the rows that a table's page shows: fetched from the same address as JSON, so that the
// page's filters and its order hold, with how many were drawn said beside the title.

const A_PAGE = 2000;
const PAGES = 5;

export async function draw(figure) {
  try {
    await drawn(figure);
  } catch (fault) {
    figure.querySelector(".drawn").textContent = `The chart can't be drawn: ${fault.message}`;
    figure.classList.add("empty");
  }
}

async function drawn(figure) {
  const table = figure.dataset.table;
  const where = new URL(location.href);
  where.pathname += ".json";
  for (const name of ["_facet", "_size", "_next", "_labels"]) where.searchParams.delete(name);
  for (const [name, value] of [
    ["_shape", "objects"], ["_size", A_PAGE], ["_nofacet", 1], ["_nosuggest", 1], ["_labels", "off"],
  ]) where.searchParams.set(name, value);
  const [{ rows, all, more }, described] = await Promise.all([
    read(where),
    fetch(`/-/streamscope/drawing/${table}.json`).then((got) => got.json()),
    loaded("/-/streamscope/static/vega.js"),
  ]);
  const said = more
    ? `the first ${count(rows.length)} of ${all === null ? "many" : count(all)} rows, in this order`
    : `n = ${count(rows.length)} row${rows.length === 1 ? "" : "s"}`;
  figure.querySelector("[data-n]").textContent = said;
  if (!described.needs.every((name) => rows.some((row) => row[name] != null))) {
    figure.querySelector(".drawn").textContent = "These rows have no figures that can be drawn.";
    figure.classList.add("empty");
    return;
  }
  await show(figure.querySelector(".drawn"), described, rows);
  figure.dataset.drawn = "yes";
}

async function read(where) {
  const rows = [];
  let all = null;
  let more = false;
  for (let page = 0; page < PAGES; page += 1) {
    const got = await fetch(where);
    const answer = await got.json();
    if (!got.ok) throw new Error(answer.error);
    rows.push(...answer.rows);
    all ??= answer.filtered_table_rows_count;
    more = Boolean(answer.next);
    if (!more) break;
    where.searchParams.set("_next", answer.next);
    where.searchParams.set("_nocount", 1);
  }
  return { rows, all, more };
}

async function show(place, { spec, config }, rows) {
  const narrow = place.clientWidth < 500;
  await window.vegaEmbed(place, {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    // Where a band stands for each value, the chart is as high as they need.
    ...(spec.encoding?.y?.type === "nominal" ? {} : { height: 240 }),
    autosize: { type: "fit-x", contains: "padding" },
    ...pruned(spec, rows),
    data: { values: rows },
  }, {
    actions: false,
    ast: true,
    config: { ...config, legend: { ...config.legend, orient: narrow ? "top" : "right" } },
    defaultStyle: false,
    logLevel: 1,
    mode: "vega-lite",
    renderer: "svg",
    tooltip: tooltip(),
    loader: { load: () => Promise.reject(new Error("nothing is loaded")) },
  });
  place.querySelector("svg").setAttribute("aria-hidden", "true");
}

// The same, without colours of values that no row has.
function pruned(part, rows) {
  if (Array.isArray(part)) return part.map((one) => pruned(one, rows));
  if (part === null || typeof part !== "object") return part;
  const made = Object.fromEntries(Object.entries(part).map(([name, one]) => [name, pruned(one, rows)]));
  if (part.field && part.scale?.domain) {
    const there = part.scale.domain.map((value) => rows.some((row) => row[part.field] === value));
    const kept = (values) => values.filter((_, place) => there[place]);
    made.scale = { ...part.scale, domain: kept(part.scale.domain), range: kept(part.scale.range) };
  }
  return made;
}

// Vega's own tooltip writes markup; this one writes text.
function tooltip() {
  const tip = document.createElement("dl");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  return (_, event, __, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    const pairs = typeof value === "object" ? Object.entries(value) : [["", value]];
    tip.replaceChildren(...pairs.slice(0, 24).map(pair));
    const { width, height } = tip.getBoundingClientRect();
    const under = event.clientY + 14 + height <= innerHeight;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
    tip.style.top = `${Math.max(8, under ? event.clientY + 14 : event.clientY - height - 10)}px`;
  };
}

function pair([name, value]) {
  const row = document.createElement("div");
  const [key, said] = [document.createElement("dt"), document.createElement("dd")];
  key.textContent = name;
  said.textContent = typeof value === "number"
    ? value.toLocaleString("en", { maximumFractionDigits: 3 })
    : String(value).slice(0, 200);
  row.append(key, said);
  return row;
}

function count(number) {
  return number.toLocaleString("en");
}

function loaded(source) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = done;
    script.onerror = () => failed(new Error(`${source} could not be loaded`));
    document.head.append(script);
  });
}

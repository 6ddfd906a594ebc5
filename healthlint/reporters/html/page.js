"use strict";
// Values under the cursor, by pointer and by arrow keys; the chosen theme and scale are remembered.
(() => {
  const shown = (layer) => layer.getClientRects().length > 0 && getComputedStyle(layer).display !== "none";

  const points = (path) => {
    if (!path.points) {
      const found = path.getAttribute("d").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g);
      path.points = Array.from(found, (one) => [Number(one[1]), Number(one[2])]);
    }
    return path.points;
  };

  const nearest = (list, x) => {
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][0] < x) low = middle + 1;
      else high = middle;
    }
    const before = list[low - 1];
    return before && x - before[0] < list[low][0] - x ? low - 1 : low;
  };

  const value = (layer, y) => {
    const { log, low, high, top, height } = layer.dataset;
    const share = 1 - (y - Number(top)) / Number(height);
    const ends = [Number(low), Number(high)];
    if (!log) return ends[0] + share * (ends[1] - ends[0]);
    return ends[0] * Math.pow(ends[1] / ends[0], share);
  };

  const spelled = (number) => {
    const size = Math.abs(number);
    return size !== 0 && (size < 1e-3 || size >= 1e5) ? number.toExponential(2) : number.toPrecision(3);
  };

  const read = (chart, x) => {
    const layer = [...chart.querySelectorAll(".layer")].find(shown);
    const curves = layer ? [...layer.querySelectorAll("path[data-name]")].filter((one) => points(one).length) : [];
    if (!curves.length) return;
    const said = [];
    let at = x;
    curves.forEach((curve, number) => {
      const list = points(curve);
      const near = list[nearest(list, x)];
      if (number === curves.length - 1) at = near[0];
      said.push(`${curve.dataset.name} ${spelled(value(layer, near[1]))}`);
    });
    const { first, last, left, width, unit } = chart.dataset;
    const where = Number(first) + ((at - left) / width) * (last - first);
    const cursor = chart.querySelector(".cursor");
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    chart.classList.add("reading");
    chart.at = at;
    chart.closest("figure").querySelector("output").textContent = `${unit} ${Math.round(where)}: ${said.join(", ")}`;
  };

  const step = (chart, way) => {
    const layer = [...chart.querySelectorAll(".layer")].find(shown);
    const curves = layer ? layer.querySelectorAll("path[data-name]") : [];
    if (!curves.length) return;
    const list = points(curves[curves.length - 1]);
    if (!list.length) return;
    const now = chart.at === undefined ? (way > 0 ? -1 : list.length) : nearest(list, chart.at);
    read(chart, list[Math.min(Math.max(now + way, 0), list.length - 1)][0]);
  };

  const leave = (chart) => {
    chart.classList.remove("reading");
    chart.closest("figure").querySelector("output").textContent = "";
  };

  for (const chart of document.querySelectorAll("svg.chart")) {
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect();
      read(chart, ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width);
    });
    chart.addEventListener("pointerleave", () => leave(chart));
    chart.addEventListener("blur", () => leave(chart));
    chart.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!way || event.target !== chart) return;
      event.preventDefault();
      step(chart, way);
    });
  }

  const store = (act) => {
    try {
      return act(window.localStorage);
    } catch {
      return null; // a page from a file may have no storage
    }
  };

  for (const radio of document.querySelectorAll(".switches input")) {
    if (store((kept) => kept.getItem(`healthlint-${radio.name}`)) === radio.id) radio.checked = true;
    radio.addEventListener("change", () => store((kept) => kept.setItem(`healthlint-${radio.name}`, radio.id)));
  }

  // Tables of runs: a head sorts, a name opens, a box draws.
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDE, HIGH, LEFT, BELOW] = [1000, 300, 56, 24];

  const made = (parent, name, attributes, text) => {
    const child = parent.appendChild(document.createElementNS(SVG, name));
    for (const [key, word] of Object.entries(attributes)) child.setAttribute(key, word);
    if (text !== undefined) child.textContent = text;
    return child;
  };

  const run = (spark) => {
    const [first, last, low, high] = spark.dataset.ends.split(" ").map(Number);
    const at = (share, from, to, log) => (log ? from * Math.pow(to / from, share) : from + share * (to - from));
    const found = spark.querySelector("path").getAttribute("d").matchAll(/([ML])(-?[\d.]+) (-?[\d.]+)/g);
    const list = Array.from(found, (one) => ({
      start: one[1] === "M", x: at(one[2] / 1000, first, last), y: at(1 - one[3] / 1000, low, high, spark.dataset.log),
    }));
    return { name: spark.dataset.name, unit: spark.dataset.unit, list };
  };

  const ticks = (low, high, log) => {
    if (log && high > 8 * low) {
      const all = [];
      for (let power = Math.floor(Math.log10(low)); Math.pow(10, power) <= high; power += 1) {
        for (const part of [1, 2, 5]) all.push(Number(`${part}e${power}`));
      }
      const inside = all.filter((one) => one >= low && one <= high);
      return inside.filter((_, place) => place % Math.ceil(inside.length / 6) === 0);
    }
    const power = Math.pow(10, Math.floor(Math.log10((high - low) / 5)));
    const size = [1, 2, 5, 10].map((one) => one * power).find((one) => (high - low) / one <= 6);
    const count = Math.floor(high / size) - Math.ceil(low / size) + 1;
    return Array.from({ length: count }, (_, place) => Number(((Math.ceil(low / size) + place) * size).toPrecision(6)));
  };

  const overlay = (box) => {
    const room = box.querySelector(".overlay");
    const chosen = [...box.querySelectorAll(".draw input:checked")];
    const runs = chosen.map((input) => run(input.closest("tr").querySelector("svg.spark"))).filter((one) => one.list.length);
    room.replaceChildren();
    room.hidden = !runs.length;
    for (const input of box.querySelectorAll(".draw input")) input.className = "";
    chosen.forEach((input, place) => input.classList.add(`r${place % 6}`));
    if (!runs.length) return;
    const ys = runs.flatMap((one) => one.list.map((point) => point.y));
    const isOne = runs.every((one) => one.unit === runs[0].unit);
    const xs = runs.flatMap((one) => one.list.map((point) => point.x));
    const log = document.querySelector("#scale-log")?.checked && Math.min(...ys) > 0;
    let [low, high] = [Math.min(...ys), Math.max(...ys)];
    if (low === high) [low, high] = [low - 0.5, high + 0.5];
    const ends = isOne ? [Math.min(...xs), Math.max(...xs)] : [0, 1];
    const across = (one, x) => {
      const [from, to] = isOne ? ends : [one.list[0].x, one.list[one.list.length - 1].x];
      return LEFT + ((x - from) / (to - from || 1)) * (WIDE - LEFT - 8);
    };
    const up = (y) => {
      const share = log ? Math.log(y / low) / Math.log(high / low) : (y - low) / (high - low);
      return 8 + (1 - share) * HIGH;
    };
    const picture = made(room, "svg", { viewBox: `0 0 ${WIDE} ${HIGH + BELOW + 8}`, role: "img", "aria-label": "The chosen runs over each other" });
    for (const tick of ticks(low, high, log)) {
      made(picture, "line", { x1: LEFT, x2: WIDE - 8, y1: up(tick), y2: up(tick), class: "grid" });
      made(picture, "text", { x: LEFT - 7, y: up(tick) + 4, "text-anchor": "end" }, tick);
    }
    const unit = isOne ? runs[0].unit : "share of the run";
    for (const tick of isOne ? ticks(...ends) : [0, 0.5, 1]) {
      const x = isOne ? LEFT + ((tick - ends[0]) / (ends[1] - ends[0] || 1)) * (WIDE - LEFT - 8) : LEFT + tick * (WIDE - LEFT - 8);
      made(picture, "text", { x, y: HIGH + 8 + 18, "text-anchor": "middle" }, tick);
    }
    made(picture, "text", { x: 0, y: HIGH + 8 + 18, class: "unit" }, unit);
    const names = document.createElement("p");
    names.className = "names";
    runs.forEach((one, place) => {
      const d = one.list.map((point) => `${point.start ? "M" : "L"}${across(one, point.x).toFixed(1)} ${up(point.y).toFixed(1)}`).join("");
      const kind = `r${place % 6}${place > 5 ? " again" : ""}`;
      made(made(picture, "path", { d, class: kind }), "title", {}, one.name);
      const name = names.appendChild(document.createElement("span"));
      name.className = kind;
      name.textContent = one.name;
    });
    room.append(names);
  };

  const key = (body, column) => {
    const cell = body.rows[0].cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.textContent.trim();
  };

  const sort = (table, head) => {
    const column = head.cellIndex;
    const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    const keyed = [...table.tBodies].map((body) => [key(body, column), body]);
    keyed.sort(([a], [b]) => {
      if ((a === "") !== (b === "")) return a === "" ? 1 : -1; // what has no value comes last
      return way * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
    });
    table.append(...keyed.map(([, body]) => body));
  };

  document.documentElement.classList.add("js");
  for (const box of document.querySelectorAll(".runs")) {
    const table = box.querySelector("table");
    for (const button of table.querySelectorAll("tbody button")) button.setAttribute("aria-expanded", "false");
    box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.closest("thead")) return sort(table, button.closest("th"));
      const isOpen = button.closest("tbody").classList.toggle("open");
      button.setAttribute("aria-expanded", isOpen);
    });
    box.addEventListener("change", () => overlay(box));
    for (const radio of document.querySelectorAll("[name=scale]")) radio.addEventListener("change", () => overlay(box));
    overlay(box);
  }

  // A link to a finding opens what hides it, and puts the keyboard there.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target.focus();
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();

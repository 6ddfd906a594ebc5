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

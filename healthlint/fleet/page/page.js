'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const PATH = 0, ANSWER = 1, CAUSE = 2, FIRST = 3, EPOCHS = 4, STEPS = 5, BEST = 6, LAST = 7,
  CURVE = 8, SETTINGS = 9, REASON = 10;
const FIELDS = { path: PATH, answer: ANSWER, cause: CAUSE, first: FIRST, epochs: EPOCHS,
  steps: STEPS, best: BEST, value: LAST };
const PAGE = 100, TERM = /^([\w./-]+)\s*(<=|>=|!=|=|<|>)\s*(.+)$/;
const COLOURS = ['#0b7ad0', '#d1495b', '#2e9e5b', '#b07aa1', '#e0912f', '#17a2a2', '#8c6d31'];
const state = { answers: new Set(), causes: new Set(), text: '', sort: null, down: false,
  chosen: new Set(), shown: PAGE };

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function drawn(runs, width, height, colour) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('height', height);
  svg.setAttribute('aria-hidden', 'true');
  const values = runs.flatMap((run) => run[CURVE].filter((value) => value !== null));
  const isPositive = values.every((value) => value > 0);
  const level = (value) => (isPositive ? Math.log(value) : value);
  const heights = values.map(level);
  const low = heights.reduce((a, b) => Math.min(a, b), Infinity);
  const high = heights.reduce((a, b) => Math.max(a, b), -Infinity);
  const length = (run) => run[STEPS] || run[EPOCHS] || 1;
  const longest = runs.reduce((most, run) => Math.max(most, length(run)), 1);
  runs.forEach((run, number) => {
    const points = run[CURVE];
    let text = '', pen = 'M';
    points.forEach((value, i) => {
      if (value === null) { pen = 'M'; return; }
      const x = (i / Math.max(1, points.length - 1)) * width * (length(run) / longest);
      const y = height - 1 - ((level(value) - low) / ((high - low) || 1)) * (height - 2);
      text += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = 'L';
    });
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', text);
    path.setAttribute('stroke', colour || COLOURS[number % COLOURS.length]);
    if (runs.length > 20) path.setAttribute('opacity', '.35');
    svg.append(path);
  });
  return svg;
}

function read(run, name) {
  const at = data.settings.indexOf(name);
  if (at >= 0) return run[SETTINGS][at];
  return name in FIELDS ? run[FIELDS[name]] : undefined;
}

function holds(run, term) {
  const found = TERM.exec(term);
  if (!found) {
    const words = [run[PATH], run[ANSWER], run[CAUSE], run[REASON], ...run[SETTINGS]].join(' ');
    return words.toLowerCase().includes(term.toLowerCase());
  }
  const own = read(run, found[1]);
  if (own === null || own === undefined) return false;
  const wanted = found[3].trim(), isNumber = typeof own === 'number' && !isNaN(Number(wanted));
  const a = isNumber ? own : String(own), b = isNumber ? Number(wanted) : wanted;
  return { '=': a === b, '!=': a !== b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[found[2]];
}

function chosen() {
  const terms = state.text.split(/\s+and\s+/).map((one) => one.trim()).filter(Boolean);
  const runs = data.runs.filter((run) => (!state.answers.size || state.answers.has(run[ANSWER]))
    && (!state.causes.size || state.causes.has(run[CAUSE])) && terms.every((one) => holds(run, one)));
  if (state.sort === null) return runs;
  const sign = state.down ? -1 : 1;
  return runs.slice().sort((a, b) => {
    const x = read(a, state.sort), y = read(b, state.sort);
    if (x === null || x === '' || y === null || y === '') {
      return (x === null || x === '') - (y === null || y === '');
    }
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y
      : String(x).localeCompare(String(y), 'en', { numeric: true }));
  });
}

function counted(at) {
  const counts = new Map();
  for (const run of data.runs) if (run[at]) counts.set(run[at], (counts.get(run[at]) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function buttons(title, at, picked) {
  const made = counted(at).map(([name, count]) => make('button', {
    type: 'button', 'aria-pressed': String(picked.has(name)),
    onclick: () => { picked.has(name) ? picked.delete(name) : picked.add(name); again(); },
  }, `${name} ${count.toLocaleString('en')}`));
  return made.length ? make('div', { class: 'bar', role: 'group', 'aria-label': title },
    make('span', { class: 'soft' }, title), ...made) : '';
}

function multiples() {
  const groups = [['all healthy', data.runs.filter((run) => !run[CAUSE])],
    ...counted(CAUSE).map(([name]) => [name, data.runs.filter((run) => run[CAUSE] === name)])];
  const figures = groups.filter(([, runs]) => runs.some((run) => run[CURVE].length)).slice(0, 12)
    .map(([name, runs], i) => make('figure', {},
      drawn(runs.filter((run) => run[CURVE].length).slice(0, 150), 190, 70,
        i ? 'var(--bad)' : 'var(--good)'),
      make('figcaption', {}, `${name} (${runs.length.toLocaleString('en')})`)));
  return make('section', {}, make('h2', {}, `${data.metric} by cause`),
    make('div', { class: 'small' }, ...figures));
}

function overlay() {
  const runs = data.runs.filter((run) => state.chosen.has(run[PATH]) && run[CURVE].length);
  if (!runs.length) return '';
  const names = runs.map((run, i) => make('div', {},
    Object.assign(make('span', {}, '— '), { style: `color:${COLOURS[i % COLOURS.length]}` }), run[PATH]));
  return make('section', {}, make('h2', {}, 'chosen runs'),
    make('figure', {}, drawn(runs, 900, 220), make('figcaption', {}, ...names)));
}

function number(value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}

function table(runs) {
  const names = ['answer', 'path', 'cause', 'first', 'epochs', 'best', 'value', 'curve',
    ...data.settings];
  const heads = names.map((name) => make('th', {
    'aria-sort': state.sort === name ? (state.down ? 'descending' : 'ascending') : 'none',
  }, name === 'curve' ? name : make('button', { type: 'button', onclick: () => {
    state.down = state.sort === name && !state.down; state.sort = name; again();
  } }, name + (state.sort === name ? (state.down ? ' ↓' : ' ↑') : ''))));
  const lines = runs.slice(0, state.shown).map((run) => make('tr', {},
    make('td', {}, pick(run)), ...names.map((name) => cell(run, name))));
  return make('div', { class: 'scroll' }, make('table', {},
    make('thead', {}, make('tr', {}, make('th', {}, ''), ...heads)), make('tbody', {}, ...lines)));
}

function pick(run) {
  const box = make('input', { type: 'checkbox', 'aria-label': `draw ${run[PATH]}`, onchange: () => {
    box.checked ? state.chosen.add(run[PATH]) : state.chosen.delete(run[PATH]); again();
  } });
  box.checked = state.chosen.has(run[PATH]);
  return box;
}

function cell(run, name) {
  if (name === 'curve') return make('td', {}, drawn([run], 90, 20, 'var(--accent)'));
  if (name === 'path') return make('td', { class: 'path', title: run[REASON] }, run[PATH]);
  const value = read(run, name);
  const kind = name === 'answer' ? value.split(' ')[0] : typeof value === 'number' ? 'number' : null;
  return make('td', { class: kind, title: name === 'answer' ? run[REASON] : null }, number(value));
}

function again() {
  const runs = chosen(), main = document.getElementById('results');
  const more = runs.length > state.shown ? make('button', { type: 'button',
    onclick: () => { state.shown += 10 * PAGE; again(); } }, 'show more') : '';
  main.replaceChildren(buttons('answer', ANSWER, state.answers), buttons('cause', CAUSE, state.causes),
    overlay(), make('p', { class: 'soft', role: 'status' },
      `${runs.length.toLocaleString('en')} of ${data.runs.length.toLocaleString('en')} runs`),
    table(runs), more);
}

const search = make('input', { type: 'search', 'aria-label': 'filter',
  placeholder: 'learning_rate > 1e-3 and device = mps', oninput: () => {
    state.text = search.value; state.shown = PAGE; again();
  } });
document.getElementById('main').append(multiples(), make('h2', {}, 'runs'), search,
  make('div', { id: 'results' }));
again();

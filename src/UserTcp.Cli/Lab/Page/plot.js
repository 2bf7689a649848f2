// The time-sequence plot: what it shows, zoom and pan by wheel, drag and keys, and the segment under the pointer.

import { app, hover, hurry, invalidate, on, select, shownEvent, view } from './app.js';
import { byId, set } from './dom.js';
import { Replay } from './folds.js';
import { layout, paint, pointOf } from './paint.js';
import { lowerBound, Series } from './series.js';
import { neighbour } from './ladder.js';
import { t } from './words.js';

const canvas = byId('plot-canvas');
const context = canvas.getContext('2d');
const direction = byId('plot-direction');
const replay = new Replay(connection => new Series(connection));
/** The time range that the user has chosen; null: everything. */
let range = null;
let scene = null;
let colours = null;
let drag = null;
let hasChosenDirection = false;
/** As the observer has reported it: asking the canvas would lay out the page in each frame. */
let size = [0, 0];
let painted = [];
let paintedAt = -Infinity;
let pause = 0;
let timer = 0;
const maxPause = 300;

/** Starts the plot. */
export function startPlot() {
  view(byId('panel-plot'), draw);
  on('connection', () => { range = null; hasChosenDirection = false; });
  on('theme', () => { colours = null; });
  on('selected', from => from !== 'plot' && bringIntoRange());
  new ResizeObserver(([{ contentRect }]) => {
    size = [contentRect.width, contentRect.height];
    invalidate();
  }).observe(canvas);
  direction.addEventListener('change', () => { hasChosenDirection = true; hurry(); });
  byId('plot-all').addEventListener('click', () => zoomTo(null));
  byId('plot-in').addEventListener('click', () => zoom(0.5));
  byId('plot-out').addEventListener('click', () => zoom(2));
  canvas.addEventListener('wheel', onWheel, { passive: false });
  canvas.addEventListener('pointerdown', onDown);
  canvas.addEventListener('pointermove', onMove);
  canvas.addEventListener('pointerup', onUp);
  canvas.addEventListener('pointercancel', () => { drag = null; });
  canvas.addEventListener('pointerleave', () => hover(null));
  canvas.addEventListener('dblclick', () => zoomTo(null));
  canvas.addEventListener('keydown', onKey);
}

function draw(now) {
  const [width, height] = size;
  if (width < 50 || height < 50)
    return;
  const ratio = window.devicePixelRatio || 1;
  // A plot that takes long is painted less often while events stream in, so that the other views stay smooth.
  if (now - paintedAt < pause && app.connection === painted[0] && app.selected === painted[3]) {
    clearTimeout(timer);
    timer = setTimeout(invalidate, pause);
    return;
  }
  if (!hasChanged(width, height, ratio))
    return;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const start = performance.now();
  context.clearRect(0, 0, width, height);
  scene = sceneOf(width, height);
  byId('plot-none').hidden = scene !== null;
  if (!scene)
    return;
  paint(context, scene);
  paintedAt = now;
  pause = drag || range !== null ? 0 : Math.min(maxPause, 4 * (performance.now() - start));
  set(canvas, 'aria-label', t('plotLabel'));
}

/** True when something that the plot shows has changed since it was painted. */
function hasChanged(...look) {
  const now = [
    app.connection, app.connection?.events.end, app.at, app.selected, app.hovered, app.language, range, colours,
    direction.value, ...look,
  ];
  const isSame = now.every((value, place) => value === painted[place]);
  painted = now;
  return !isSame || colours === null;
}

function sceneOf(width, height) {
  if (!app.connection)
    return null;
  // All events are there; those behind the place where the views stand are veiled.
  const series = replay.upTo(app.connection, app.connection.events.end);
  if (series.start === undefined)
    return null;
  chooseDirection(series);
  const zero = app.connection.opened;
  const end = Math.max(series.end, series.start + 1000);
  const all = [series.start, end + (end - series.start) * 0.02];
  const shown = range ?? all;
  return {
    series, direction: direction.value, zero, all, range: shown, limit: end,
    stands: app.at === null ? null : shownEvent()?.t ?? null,
    values: valuesIn(series[direction.value], shown, range === null), width, height,
    selected: app.selected, hovered: app.hovered, colours: coloursNow(),
  };
}

/** The direction with more data, until the user has chosen one. */
function chooseDirection(series) {
  if (!hasChosenDirection)
    direction.value = series.in.top > series.out.top ? 'in' : 'out';
}

/** The lowest and the highest number in a time range; the window edge as far as it does not hide the rest. */
function valuesIn(own, [from, to], isAll) {
  let low = Infinity;
  let high = -Infinity;
  const { segments, acks } = own;
  for (let i = lowerBound(segments.t, from); i < segments.t.length && segments.t[i] <= to; i++) {
    low = Math.min(low, segments.from[i]);
    high = Math.max(high, segments.end[i]);
  }
  let edge = 0;
  for (let i = lowerBound(acks.t, from); i < acks.t.length && acks.t[i] <= to; i++) {
    low = Math.min(low, acks.ack[i]);
    high = Math.max(high, acks.ack[i]);
    edge = Math.max(edge, acks.edge[i]);
  }
  if (!(high > low))
    [low, high] = Number.isFinite(low) ? [low - 10, low + 1000] : [0, 1000];
  const size = high - low;
  high = Math.max(high, Math.min(edge, high + size * 0.6));
  return [isAll ? Math.max(0, low - size * 0.03) : low - size * 0.05, high + size * 0.05];
}

function coloursNow() {
  if (colours)
    return colours;
  const style = getComputedStyle(document.documentElement);
  const read = name => style.getPropertyValue(`--${name}`).trim();
  const size = 0.72 * parseFloat(style.fontSize);
  colours = { font: `${size}px ${getComputedStyle(document.body).fontFamily}`, limits: {} };
  for (const name of ['ink', 'soft', 'faint', 'data', 'ack', 'window', 'again', 'bad', 'sack', 'focus', 'panel'])
    colours[name] = read(name);
  for (const name of ['None', 'NoData', 'PeerWindow', 'CongestionWindow', 'SmallSegment', 'Pacing', 'MtuProbe'])
    colours.limits[name] = read(`limit-${name}`);
  return colours;
}

function zoomTo(wanted) {
  range = wanted;
  if (range && scene) {
    const length = Math.max(10_000, range[1] - range[0]);
    const [first, last] = scene.all;
    if (length >= last - first) {
      range = null;
    } else {
      const from = Math.max(first - length / 2, Math.min(range[0], last - length / 2));
      range = [from, from + length];
    }
  }
  hurry();
}

/** Changes the time range by a factor around a time, or around its middle. */
function zoom(factor, around) {
  if (!scene)
    return;
  const [from, to] = scene.range;
  const time = around ?? (from + to) / 2;
  zoomTo([time - (time - from) * factor, time + (to - time) * factor]);
}

function pan(share) {
  if (!scene)
    return;
  const [from, to] = scene.range;
  const by = (to - from) * share;
  zoomTo([from + by, to + by]);
}

const timeAt = offset => {
  const place = layout(scene.width, scene.height);
  return scene.range[0] + (offset - place.left) / (place.right - place.left) * (scene.range[1] - scene.range[0]);
};

function onWheel(event) {
  // Without a modifier the page scrolls at the ends: only a plot that has the focus, or Ctrl, takes the wheel.
  if (!scene || !(event.ctrlKey || document.activeElement === canvas))
    return;
  event.preventDefault();
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
    pan((event.deltaX || event.deltaY) / 1000);
  else
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), timeAt(event.offsetX));
}

function onDown(event) {
  if (!scene || event.button !== 0)
    return;
  drag = { x: event.offsetX, range: scene.range, moved: false };
  canvas.setPointerCapture(event.pointerId);
}

function onMove(event) {
  if (!scene)
    return;
  if (!drag) {
    hover(nearest(event.offsetX, event.offsetY)?.n ?? null);
    return;
  }
  const place = layout(scene.width, scene.height);
  const shift = (drag.x - event.offsetX) / (place.right - place.left);
  drag.moved ||= Math.abs(drag.x - event.offsetX) > 4;
  if (drag.moved) {
    const size = drag.range[1] - drag.range[0];
    if (size < scene.all[1] - scene.all[0])
      zoomTo([drag.range[0] + shift * size, drag.range[1] + shift * size]);
  }
}

function onUp(event) {
  if (drag && !drag.moved) {
    const found = nearest(event.offsetX, event.offsetY);
    if (found)
      select(found.n, 'plot-click');
  }
  drag = null;
}

/** The segment or ACK next to a place, at most 14 pixels away. */
function nearest(x, y) {
  const place = layout(scene.width, scene.height);
  const [top, bottom] = place.sequence;
  const [low, high] = scene.values;
  const own = scene.series[scene.direction];
  const perPixel = (scene.range[1] - scene.range[0]) / (place.right - place.left);
  const time = timeAt(x);
  const toY = value => bottom - (value - low) / (high - low) * (bottom - top);
  let best = null;
  const consider = (list, from, end, reach) => {
    for (let i = lowerBound(list.t, time - reach * perPixel); i < list.t.length; i++) {
      if (list.t[i] > time + reach * perPixel || list.t[i] > scene.limit)
        break;
      const dx = (list.t[i] - time) / perPixel;
      const dy = Math.max(0, toY(end[i]) - y, y - toY(from[i]));
      const distance = Math.hypot(dx, dy);
      if (distance < (best?.distance ?? reach))
        best = { n: list.n[i], distance };
    }
  };
  consider(own.segments, own.segments.from, own.segments.end, 14);
  consider(own.acks, own.acks.ack, own.acks.ack, 8);
  return best;
}

/** Moves the time range so that the selected event is in it. */
function bringIntoRange() {
  if (!scene || app.selected === null || range === null)
    return;
  const point = pointOf(scene.series[scene.direction], app.selected);
  if (!point || (point.t >= range[0] && point.t <= range[1]))
    return;
  const size = range[1] - range[0];
  zoomTo([point.t - size / 2, point.t + size / 2]);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey)
    return;
  const acts = {
    'ArrowLeft': () => pan(-0.2), 'ArrowRight': () => pan(0.2),
    'ArrowUp': () => zoom(0.7), 'ArrowDown': () => zoom(1.4),
    '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), '0': () => zoomTo(null),
    ',': () => select(neighbour(-1), 'plot-key'), '.': () => select(neighbour(1), 'plot-key'),
  };
  const act = acts[event.key];
  if (!act)
    return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

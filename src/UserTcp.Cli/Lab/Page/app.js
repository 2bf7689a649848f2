// The one state that all views share, and the frame in which they draw. A view registers with view(); any change calls
// invalidate(), and the next animation frame draws each view that can be seen, once.

import { Store } from './store.js';

export const app = {
  language: 'en',
  /** What GET /api/lab says. */
  lab: null,
  /** Reasons and transitions: tables of the lab. */
  reasons: new Map(),
  transitions: [],
  /** The stores: of the lab, and of the file or lesson that is shown instead of it. */
  live: new Store(),
  store: null,
  /** 'live', 'file' or 'lesson'. */
  source: 'live',
  connection: null,
  /** True once the user has chosen a connection; until then the newest interesting one is shown. */
  hasChosen: false,
  /** The number of the event that is selected, and of the one under the pointer; null for none. */
  selected: null,
  hovered: null,
  /** The index in the connection's events at which the views stand; null: at the end, and following it. */
  at: null,
  /** connected, waiting, paused, lost. */
  link: 'waiting',
};
app.live.isLive = true;
app.store = app.live;

/** Milliseconds of a frame that views may take while events stream in: those that wait longest draw first. */
const frameBudget = 6;
/** After drawing, a view rests so many times as long: layout and paint take more than its script. */
const restFactor = 8;
const maxRest = 250;
const views = [];
const listeners = new Map();
let frame = 0;
/** True when the user has done something: then all views draw in the next frame. */
let isUrgent = true;

/**
 * Registers what draws a panel: draw(now) runs in a frame when the panel is open and in sight. One that is eager draws
 * in each frame, and first.
 */
export function view(section, draw, isEager = false) {
  const entry = { section, draw, isEager, inSight: true, drawn: 0, restsUntil: 0 };
  views.push(entry);
  if (section) {
    new IntersectionObserver(([change]) => {
      entry.inSight = change.isIntersecting;
      if (entry.inSight)
        invalidate();
    }, { rootMargin: '100px' }).observe(section);
  }
}

/** Draws all views in the next frame, also those that rest: the user waits for it. */
export function hurry() {
  isUrgent = true;
  invalidate();
}

/** Draws in the next frame; under pressure, some views a little later. */
export function invalidate() {
  if (frame === 0)
    frame = requestAnimationFrame(draw);
}

/** Runs when something happens: 'connection', 'selected', 'store', 'language', 'theme', 'lab'. */
export function on(name, act) {
  listeners.set(name, [...listeners.get(name) ?? [], act]);
}

export function emit(name, detail) {
  for (const act of listeners.get(name) ?? [])
    act(detail);
  if (name === 'event')
    invalidate();
  else
    hurry();
}

/** The index behind the last event that the views show. */
export function shownEnd() {
  const { events } = app.connection;
  return app.at === null ? events.end : Math.min(events.end, app.at + 1);
}

/** The last event that the views show, or undefined. */
export const shownEvent = () => app.connection?.events.at(shownEnd() - 1);

/** The stack's time that the views show. */
export function shownTime() {
  return app.at === null && app.source === 'live'
    ? app.store.now(performance.now())
    : shownEvent()?.t ?? 0;
}

/** Shows a connection. */
export function choose(connection, byUser) {
  if (byUser)
    app.hasChosen = true;
  if (app.connection === connection)
    return;
  app.connection = connection;
  app.selected = null;
  app.hovered = null;
  app.at = null;
  emit('connection');
}

/** Selects the event with this number, in whichever connection it is; null selects nothing. */
export function select(number, from) {
  const owner = number === null ? null : app.store.ownerOf(number);
  if (owner && owner !== app.connection)
    choose(owner, true);
  // What lies behind the place where the views stand cannot be seen from there.
  if (owner && app.at !== null && indexOf(owner, number) > app.at)
    moveTo(indexOf(owner, number));
  app.selected = number;
  emit('selected', from);
}

/** Marks the event under the pointer in all views. */
export function hover(number) {
  if (app.hovered === number)
    return;
  app.hovered = number;
  emit('hovered');
}

/** The index of an event in its connection. */
export const indexOf = (connection, number) => connection.events.search(event => event.n >= number);

/** Lets the views stand at an index, or follow the end with null. */
export function moveTo(index) {
  const { events } = app.connection ?? {};
  app.at = index === null || !events ? null : Math.max(events.first, Math.min(index, events.end - 1));
  emit('moved');
}

/** Shows another store: that of a file, of a lesson, or the live one. */
export function show(store, source) {
  app.store = store;
  app.source = source;
  app.hasChosen = false;
  app.connection = null;
  app.selected = null;
  app.hovered = null;
  app.at = null;
  emit('store');
}

function draw() {
  frame = 0;
  const start = performance.now();
  const isForAll = isUrgent;
  isUrgent = false;
  let waits = false;
  let spent = 0;
  for (const entry of [...views].sort((left, right) => right.isEager - left.isEager || left.drawn - right.drawn)) {
    if (!canBeSeen(entry))
      continue;
    if (isForAll || entry.isEager || (start >= entry.restsUntil && spent < frameBudget))
      spent += drawOne(entry, start);
    else
      waits = true;
  }
  if (waits)
    invalidate();
  measure(performance.now() - start);
}

const canBeSeen = ({ section, inSight }) =>
  inSight && (!section || !section.classList.contains('closed')) && !section?.hidden;

/** Draws a view, and returns what that counts of the budget: views are drawn also while many events are parsed. */
function drawOne(entry, start) {
  const begin = performance.now();
  entry.draw(start);
  const cost = performance.now() - begin;
  entry.drawn = start;
  entry.restsUntil = start + Math.min(maxRest, restFactor * cost);
  return entry.isEager ? 0 : cost;
}

/** The time that frames take, for measurements of the page: window.userTcpFrames. */
const frames = { count: 0, sum: 0, max: 0 };
window.userTcpFrames = frames;

function measure(milliseconds) {
  frames.count++;
  frames.sum += milliseconds;
  frames.max = Math.max(frames.max, milliseconds);
}

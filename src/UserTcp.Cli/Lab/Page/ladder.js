// The ladder: the events of the connection between two lifelines. Only the rows in sight are in the document.

import { app, hover, hurry, indexOf, invalidate, moveTo, on, select, shownEnd, shownEvent, view } from './app.js';
import { byId, say, set } from './dom.js';
import { stateClass } from './format.js';
import { Kept } from './kept.js';
import { gapRow, isShown, makeRow } from './rows.js';
import { t } from './words.js';

const extra = 6;
const maxRows = 300;
const list = byId('ladder-list');
const space = byId('ladder-space');
const filter = byId('ladder-filter');
const shown = new Map();
let rows = new Kept();
let next = 0;
let connection = null;
let rowHeight = 60;
let viewHeight = 0;
let isFollowing = true;
let lastTop = 0;
let isStale = true;

/** Starts the ladder. */
export function startLadder() {
  view(byId('panel-ladder'), draw);
  for (const name of ['connection', 'store', 'language'])
    on(name, reset);
  on('selected', from => from !== 'ladder' && reveal(app.selected));
  on('moved', () => app.at !== null && revealIndex(app.at));
  list.addEventListener('scroll', onScroll, { passive: true });
  list.addEventListener('keydown', onKey);
  list.addEventListener('click', event => onPick(event));
  list.addEventListener('pointerover', event => hover(numberOf(event.target)));
  list.addEventListener('pointerleave', () => hover(null));
  filter.addEventListener('change', reset);
  new ResizeObserver(([{ contentRect }]) => {
    viewHeight = contentRect.height;
    isStale = true;
    invalidate();
  }).observe(list);
}

/** Moves the views by one row of the ladder, back (-1) or on (1). */
export function stepRow(by) {
  if (!app.connection)
    return;
  collect();
  const end = countBelow(shownEnd());
  const place = by < 0 ? end - 2 : end;
  const row = rows.at(Math.max(rows.first, place));
  if (row && place < rows.end) {
    moveTo(row.index);
    select(row.event.n, 'step');
  } else if (app.at === null) {
    moveTo(app.connection.events.end - 1);
  }
}

/** Follows the end again. */
export function follow() {
  isFollowing = true;
  moveTo(null);
}

/** The number of the selected row's neighbour, for keys in other views. */
export function neighbour(by) {
  collect();
  const place = app.selected === null ? rows.end : placeOf(app.selected) + by;
  return rows.at(Math.max(rows.first, Math.min(place, rows.end - 1)))?.event.n ?? null;
}

function reset() {
  rows = new Kept();
  next = 0;
  connection = null;
  isFollowing = app.at === null;
  for (const element of shown.values())
    element.remove();
  shown.clear();
  list.removeAttribute('aria-activedescendant');
  isStale = true;
  invalidate();
}

/** Takes up the events that have come, and drops those that the store has dropped. */
function collect() {
  if (connection !== app.connection) {
    reset();
    connection = app.connection;
  }
  if (!connection)
    return;
  const { events } = connection;
  for (next = Math.max(next, events.first); next < events.end; next++) {
    const event = events.at(next);
    if (isShown(event, filter.value))
      rows.push({ event, index: next });
    else if (event.kind === 'link' && event.of)
      refresh(event.of);
  }
  const before = rows.first;
  while (rows.length > 0 && rows.at(rows.first).index < events.first)
    rows.shift();
  if (rows.first > before && !isFollowing)
    list.scrollTop -= (rows.first - before) * rowHeight;
}

/** A verdict about a segment changes its row. */
function refresh(number) {
  shown.get(number)?.remove();
  shown.delete(number);
}

const countBelow = end => rows.search(row => row.index >= end);
const placeOf = number => {
  const place = rows.search(row => row.event.n > number) - 1;
  return Math.max(rows.first, place);
};

function draw() {
  collect();
  drawHeads();
  if (!connection) {
    space.style.height = '0';
    return;
  }
  if (isStale) {
    rowHeight = parseFloat(getComputedStyle(list).getPropertyValue('--row')) * rem();
    isStale = false;
  }
  const lead = connection.events.first > 0 ? 1 : 0;
  const end = countBelow(shownEnd());
  const height = (end - rows.first + lead) * rowHeight;
  space.style.height = `${height}px`;
  if (isFollowing)
    list.scrollTop = lastTop = Math.max(0, height - viewHeight);
  const top = isFollowing ? lastTop : list.scrollTop;
  // Rows out of sight are for scrolling; while the list follows, the next events replace them at once.
  const spare = isFollowing ? 0 : extra;
  const from = Math.max(rows.first, rows.first - lead + Math.floor(top / rowHeight) - spare);
  const count = Math.min(maxRows, Math.ceil(viewHeight / rowHeight) + 1 + 2 * spare);
  drawRows(from, Math.min(end, from + count), lead);
  set(list, 'aria-activedescendant', shown.has(markOf(app.selected)) ? `event-${markOf(app.selected)}` : null);
}

function drawRows(from, to, lead) {
  const wanted = new Set();
  if (lead && from === rows.first) {
    wanted.add(-1);
    if (!shown.has(-1))
      place(-1, gapRow({ n: -1 }, ''), 0);
    const words = t('droppedRow', { count: connection.events.first });
    say(shown.get(-1).firstElementChild, words);
  }
  for (let at = from; at < to; at++) {
    const { event } = rows.at(at);
    wanted.add(event.n);
    if (!shown.has(event.n))
      place(event.n, makeRow(event, rows.at(at - 1)?.event, connection), 0);
    const row = shown.get(event.n);
    row.style.transform = `translateY(${(at - rows.first + lead) * rowHeight}px)`;
    set(row, 'aria-setsize', rows.length + lead);
    set(row, 'aria-posinset', at - rows.first + lead + 1);
    mark(row, event.n);
  }
  for (const [number, element] of shown) {
    if (!wanted.has(number)) {
      element.remove();
      shown.delete(number);
    }
  }
}

function place(number, element) {
  shown.set(number, element);
  space.append(element);
}

function mark(row, number) {
  set(row, 'aria-selected', number === markOf(app.selected) ? 'true' : 'false');
  row.classList.toggle('hovered', number === markOf(app.hovered));
}

/** The row that stands for an event: its own, or that of the segment that a verdict is about. */
function markOf(number) {
  if (number === null)
    return null;
  const event = app.store.find(number);
  if (event?.kind === 'link' && event.of)
    return event.of;
  return number;
}

function drawHeads() {
  const event = shownEvent();
  const us = event?.after ?? event?.state ?? connection?.state;
  const peer = event?.peerState ?? connection?.peerState;
  for (const [end, state] of [['us', us], ['peer', peer]]) {
    const element = byId(`head-${end}`);
    say(element.querySelector('.address'), connection?.[end === 'us' ? 'local' : 'peer'] ?? '');
    const words = element.querySelector('.state');
    say(words, state || t('unknown'));
    words.className = `state ${stateClass(state)}`;
  }
  const source = event?.peerStateSource ? 'stateRead' : 'stateInferred';
  say(byId('head-source'), peer ? t(source) : '');
  const numbers = connection?.iss === undefined
    ? ''
    : t('isns', { iss: String(connection.iss), irs: String(connection.irs ?? '?') });
  say(byId('ladder-isns'), numbers);
}

function onScroll() {
  // Not a row's height: Home in a ladder that is little longer than its view would count as its end.
  const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
  if (list.scrollTop < lastTop - 2 && !isAtEnd)
    isFollowing = false;
  else if (isAtEnd && app.at === null)
    isFollowing = true;
  lastTop = list.scrollTop;
  // Rows that the user scrolls to must be there; the list scrolls by itself while it follows.
  if (!isFollowing)
    hurry();
}

function onPick(event) {
  const number = numberOf(event.target);
  if (number !== null && number >= 0) {
    isFollowing = false;
    select(number, 'ladder');
    byId('panel-details').dispatchEvent(new CustomEvent('opened'));
  }
}

function numberOf(target) {
  const row = target.closest?.('.row');
  return row ? Number(row.dataset.n) : null;
}

function onKey(event) {
  const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.key in moves && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    moveSelection(moves[event.key]);
  } else if (event.key === 'Enter' && app.selected !== null) {
    event.preventDefault();
    byId('panel-details').dispatchEvent(new CustomEvent('opened', { detail: { focus: true } }));
  }
}

function moveSelection(by) {
  collect();
  if (rows.length === 0)
    return;
  const end = countBelow(shownEnd()) - 1;
  const start = app.selected === null ? (by > 0 ? rows.first - 1 : end + 1) : placeOf(markOf(app.selected));
  const place = Math.max(rows.first, Math.min(start + by, end));
  select(rows.at(place).event.n, 'ladder');
  revealPlace(place);
}

/** Scrolls the row of an event into sight. */
function reveal(number) {
  if (number === null || !app.connection)
    return;
  revealIndex(indexOf(app.connection, markOf(number)));
}

function revealIndex(index) {
  collect();
  revealPlace(Math.max(rows.first, rows.search(row => row.index > index) - 1));
}

function revealPlace(place) {
  isFollowing = false;
  const lead = app.connection.events.first > 0 ? 1 : 0;
  const top = (place - rows.first + lead) * rowHeight;
  space.style.height = `${(countBelow(shownEnd()) - rows.first + lead) * rowHeight}px`;
  if (top < list.scrollTop)
    list.scrollTop = top;
  else if (top + rowHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = top + rowHeight - list.clientHeight;
  lastTop = list.scrollTop;
  hurry();
}

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

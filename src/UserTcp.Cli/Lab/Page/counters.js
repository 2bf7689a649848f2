// The counters of the stack; those that have changed since the page was opened stand first.

import { get } from './api.js';
import { app, view } from './app.js';
import { byId, h, keyed, say } from './dom.js';
import { number } from './format.js';

const body = byId('counters-rows');
const filter = byId('counters-filter');
const interval = 2000;
let first = null;
let now = {};
let asked = -Infinity;
let isStale = false;

/** Starts the panel. The lab is asked only while the panel can be seen. */
export function startCounters() {
  view(byId('panel-counters'), draw);
  filter.addEventListener('input', () => fill());
}

function draw(milliseconds) {
  if (milliseconds - asked >= interval && app.link === 'connected') {
    asked = milliseconds;
    read();
  }
  if (isStale)
    fill();
}

async function read() {
  try {
    now = await get('/api/counters');
    first ??= now;
    isStale = true;
  } catch {
    // The stream says that the lab is lost, and tries again.
  }
}

function fill() {
  isStale = false;
  const wanted = filter.value.trim().toLowerCase();
  const rows = Object.entries(now)
    .filter(([name]) => name.toLowerCase().includes(wanted))
    .map(([name, value]) => ({ name, value, change: value - (first?.[name] ?? 0) }))
    .sort((left, right) => (right.change !== 0) - (left.change !== 0) || left.name.localeCompare(right.name));
  keyed(body, rows, row => row.name, row => h('tr', {}, h('th', { scope: 'row' }, row.name), h('td'), h('td')),
    (element, row) => {
      say(element.children[1], number(row.value));
      say(element.children[2], row.change === 0 ? '' : `${row.change > 0 ? '+' : ''}${number(row.change)}`);
      element.classList.toggle('changed', row.change !== 0);
    });
}

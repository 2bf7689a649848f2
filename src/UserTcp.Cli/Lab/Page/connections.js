// The list of connections: open ones first, then those that have closed. The chosen one drives the other views.

import { get } from './api.js';
import { app, choose, invalidate, on, view } from './app.js';
import { byId, h, keyed, say, set } from './dom.js';
import { bytes, stateClass } from './format.js';
import { roving } from './keys.js';
import { t } from './words.js';

const maxRows = 100;
const askInterval = 3000;
/** The page's own connections are not shown. */
const ownPort = ':8088';
const drawInterval = 100;
const list = byId('connections-list');
let asked = -Infinity;
let listeners = '';
let drawn = '';
let shown = null;
let lastDrawn = -Infinity;
let next = 0;

/** Starts the list. */
export function startConnections() {
  view(byId('panel-connections'), draw);
  roving(list, item => choose(item.connection, true));
  on('store', () => { chooseNewest(); });
}

/** Chooses the newest connection that has something to show, until the user has chosen one. */
export function chooseNewest() {
  if (app.hasChosen || app.at !== null)
    return;
  const all = app.store.ordered;
  let best = null;
  for (let place = all.length - 1; place >= Math.max(0, all.length - 20); place--) {
    if (!best || interest(all[place]) > interest(best))
      best = all[place];
  }
  // A connection that is worth looking at stays until a better one comes.
  if (best && (!app.connection || interest(best) > interest(app.connection) || !all.includes(app.connection)))
    choose(best, false);
}

/** With events before without, open before closed, with loss before without, with data before without. */
const interest = ({ events, ended, lost, retransmitted, data }) =>
  (events.length > 1 ? 8 : 0) + (ended ? 0 : 4) + (lost + retransmitted > 0 ? 2 : 0) + (data > 1000 ? 1 : 0);

function draw(milliseconds) {
  if (milliseconds - asked >= askInterval && app.source === 'live' && app.link === 'connected') {
    asked = milliseconds;
    readListeners();
  }
  const key = [app.store.version, app.source, app.language, listeners].join(' ');
  if (key === drawn && app.connection === shown)
    return;
  if (milliseconds - lastDrawn < drawInterval && app.connection === shown) {
    clearTimeout(next);
    next = setTimeout(invalidate, drawInterval);
    return;
  }
  const isOther = app.connection !== shown;
  drawn = key;
  shown = app.connection;
  lastDrawn = milliseconds;
  const all = [...app.store.ordered].reverse();
  const items = [...all.filter(connection => !connection.ended), ...all.filter(connection => connection.ended)]
    .slice(0, maxRows);
  byId('connections-none').hidden = items.length > 0;
  list.hidden = items.length === 0;
  say(byId('connections-listeners'), app.source === 'live' && listeners ? t('listeners', { ports: listeners }) : '');
  keyed(list, items, connection => connection.key, make, update);
  if (isOther)
    bringIntoSight(list.querySelector('[aria-selected=true]'));
  if (!list.querySelector('[tabindex="0"]'))
    list.firstElementChild?.setAttribute('tabindex', '0');
}

/** Scrolls the list only, not the page. */
function bringIntoSight(item) {
  if (!item)
    return;
  const [top, bottom] = [item.offsetTop - list.offsetTop, item.offsetTop - list.offsetTop + item.offsetHeight];
  if (top < list.scrollTop || bottom > list.scrollTop + list.clientHeight)
    list.scrollTop = top - 8;
}

async function readListeners() {
  try {
    const rows = await get('/api/connections');
    app.live.reconcile(rows.filter(row => row.state !== 'LISTEN' && !row.local.endsWith(ownPort)));
    const ports = rows.filter(row => row.state === 'LISTEN').map(row => Number(row.local.split(':').at(-1)));
    listeners = [...new Set(ports)].sort((left, right) => left - right).join(', ');
  } catch {
    // The stream says that the lab is lost.
  }
}

function make() {
  return h('li.connection', { role: 'option', tabIndex: -1 },
    h('span.ends.mono'),
    h('span.states', {}, h('span.unseen'), h('span.state'), ' ↔ ', h('span.unseen'), h('span.state')),
    h('span.facts'));
}

function update(item, connection) {
  item.connection = connection;
  const [ends, states, facts] = item.children;
  const us = connection.state || t('unknown');
  const peer = connection.peerState || t('unknown');
  say(ends, connection.name);
  say(states.children[0], `${t('us')} `);
  drawState(states.children[1], us, connection.state);
  say(states.children[2], `${t('peer')} `);
  drawState(states.children[3], peer, connection.peerState);
  const parts = [connection.ended ? t('closed') : t('live'), bytes(connection.data)];
  if (connection.lost > 0)
    parts.push(t('lostShort', { count: connection.lost }));
  if (connection.retransmitted > 0)
    parts.push(t('retransmittedShort', { count: connection.retransmitted }));
  say(facts, parts.join(' · '));
  item.classList.toggle('ended', connection.ended);
  set(item, 'aria-selected', connection === app.connection ? 'true' : 'false');
}

function drawState(element, words, state) {
  say(element, words);
  const look = `state ${stateClass(state)}`;
  if (element.className !== look)
    element.className = look;
}

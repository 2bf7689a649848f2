// Traffic: connections that the lab opens on the press of a button, from either end, and what can be done to them.

import { get, post } from './api.js';
import { app, choose, invalidate, on, show, view } from './app.js';
import { hideBanner } from './banner.js';
import { byId, h, keyed, say, set } from './dom.js';
import { notify } from './notes.js';
import { t } from './words.js';

const kinds = ['transfer', 'upload', 'slow-reader', 'chat', 'simultaneous-close', 'ten-clients'];
/** What can be done to a connection while it runs. */
export const actions = ['stop-reading', 'read', 'close-reader', 'half-close', 'close', 'kill'];
const askInterval = 1000;
const maxRows = 20;
const list = byId('traffic-list');
let rows = [];
let asked = -Infinity;
let awaited = null;
/** The rows that stand in the list, and what else they depend on. */
let drawn = null;
let drawnFor = '';
/** The traffic that was started last, for the scenario. */
export let lastStarted = null;

/** A row of traffic as the lab has last reported it. */
export const rowOf = id => rows.find(row => row.id === id);

/** Starts the panel. */
export function startTraffic() {
  view(byId('panel-traffic'), draw);
  byId('traffic-kinds').append(...kinds.map(kind => h('button', {
    type: 'button', id: `kind-${kind}`, onclick: () => begin(kind, roleNow(), Number(byId('traffic-bytes').value)),
  })));
  on('lab', () => { byId('panel-traffic').hidden = !app.lab?.canMakeTraffic; });
  on('language', words);
  on('event', showAwaited);
  words();
}

/** Starts traffic; returns its row, or null when the lab refuses. */
export async function begin(kind, role, size) {
  try {
    const row = await post(`/api/traffic/${encodeURIComponent(kind)}`, { role, bytes: size });
    lastStarted = { traffic: kind, role, bytes: size };
    asked = -Infinity;
    awaited = row;
    if (app.source !== 'live')
      backToLive();
    return row;
  } catch (error) {
    notify(t('problem', { error: error.message }), true);
    return null;
  }
}

/** What is started is seen in the lab, not in a file or a lesson. */
function backToLive() {
  hideBanner();
  show(app.live, 'live');
}

/** Shows the connection of what was started, as soon as it has events. */
function showAwaited() {
  const connection = app.source === 'live' && connectionOf(awaited);
  if (!connection)
    return;
  awaited = null;
  // Pressing the button was a choice: others that come do not take its place.
  choose(connection, true);
}

/** The newest connection of a row of traffic that has events, or undefined. */
export function connectionOf(row) {
  const ends = row?.connections ?? (row?.local ? [row] : []);
  return app.live.ordered.findLast(connection => connection.events.length > 0 && ends.some(({ local, peer }) =>
    (connection.local === local && connection.peer === peer)
    || (connection.local === peer && connection.peer === local)));
}

const roleNow = () => byId('traffic-role').value;

function words() {
  for (const kind of kinds)
    say(byId(`kind-${kind}`), t(`kind_${kind}`));
}

/** The row of traffic that a connection of the lab belongs to, or undefined. */
export const trafficOf = connection => rows.find(row => row.connections?.some(
  ({ local, peer }) => local === connection.local && peer === connection.peer));

/** Reads the rows anew when they are old. */
export function readRows(milliseconds) {
  if (milliseconds - asked >= askInterval && app.link === 'connected' && app.lab?.canMakeTraffic) {
    asked = milliseconds;
    read();
  }
}

function draw(milliseconds) {
  readRows(milliseconds);
  const key = [app.language, app.live.ordered.length, app.live.ordered.at(-1)?.key].join(' ');
  if (drawn === rows && drawnFor === key)
    return;
  [drawn, drawnFor] = [rows, key];
  byId('traffic-none').hidden = rows.length > 0;
  keyed(list, rows, row => row.id, make, update);
}

async function read() {
  try {
    rows = (await get('/api/traffic')).sort((left, right) => right.id - left.id).slice(0, maxRows);
    invalidate();
    // The ends of its connections may be known only after the answer to its start.
    if (awaited)
      awaited = rows.find(row => row.id === awaited.id) ?? awaited;
  } catch {
    // The stream says that the lab is lost.
  }
}

function make(row) {
  return h('li.traffic', {}, h('p.traffic-head', {}, h('b'), ' ', h('span.soft')), h('code.command'),
    h('div.buttons', {},
      h('button.small', { type: 'button', onclick: () => showRow(row.id) }),
      actions.map(action => h('button.small', { type: 'button', onclick: () => act(row.id, action) }))));
}

function update(item, row) {
  const [head, command, buttons] = item.children;
  const name = `${t(`kind_${row.kind}`)} ${row.id}`;
  say(head.children[0], name);
  say(head.children[1], `${t(row.role === 'stack' ? 'roleStack' : 'roleKernel')} · ${t(row.state)}`
    + (row.says ? `: ${row.says}` : ''));
  say(command, row.command ?? '');
  command.hidden = !row.command;
  [...buttons.children].forEach((button, place) => {
    const label = place === 0 ? t('showIt') : t(`action_${actions[place - 1]}`);
    say(button, label);
    set(button, 'aria-label', `${label}: ${name}`);
    button.hidden = place === 0 ? !connectionOf(row) : row.state !== 'running';
  });
}

const showRow = id => {
  const connection = connectionOf(rows.find(row => row.id === id));
  if (connection)
    choose(connection, true);
};

/** Does something to traffic, or to one of its connections. */
export async function act(id, action, connection) {
  const ends = connection ? `?${new URLSearchParams({ local: connection.local, peer: connection.peer })}` : '';
  try {
    await post(`/api/traffic/${id}/${action}${ends}`);
    asked = -Infinity;
  } catch (error) {
    notify(t('problem', { error: error.message }), true);
  }
}

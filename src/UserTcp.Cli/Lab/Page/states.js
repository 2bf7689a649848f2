// RFC 9293's state diagram for both ends: lit where they are, bright where they have walked. The lab's table of
// transitions gives the edges.

import { app, hover, on, select, shownEnd, view } from './app.js';
import { byId, s, set } from './dom.js';
import { stateClass } from './format.js';
import { Replay, Walk } from './folds.js';
import { t } from './words.js';

const places = {
  'CLOSED': [330, 44], 'LISTEN': [330, 130], 'SYN-RECEIVED': [112, 220], 'SYN-SENT': [548, 220],
  'ESTABLISHED': [330, 310], 'FIN-WAIT-1': [112, 400], 'CLOSE-WAIT': [548, 400], 'FIN-WAIT-2': [112, 520],
  'CLOSING': [330, 520], 'LAST-ACK': [548, 520], 'TIME-WAIT': [330, 640],
};
const half = [98, 24];
const replay = new Replay(() => new Walk());
const picture = byId('states-picture');
const nodes = new Map();
const edges = new Map();
let drawn = '';

/** Starts the panel. */
export function startStates() {
  view(byId('panel-states'), draw);
  on('lab', build);
  on('language', () => { drawn = ''; });
  build();
}

function build() {
  edges.clear();
  nodes.clear();
  drawn = '';
  picture.replaceChildren(...app.transitions.map(makeEdge).filter(edge => edge), ...Object.keys(places).map(makeNode));
}

function makeEdge({ from, to, cause }) {
  if (!(from in places) || !(to in places))
    return null;
  const key = `${from}>${to}`;
  if (edges.has(key)) {
    edges.get(key).firstElementChild.append(`; ${cause}`);
    return null;
  }
  const edge = s('g.edge', {}, s('title', {}, `${from} → ${to}: ${cause}`),
    s('path', { d: pathOf(from, to), 'marker-end': 'url(#head-edge)' }));
  edge.addEventListener('click', () => edge.dataset.n && select(Number(edge.dataset.n)));
  edge.addEventListener('pointerenter', () => edge.dataset.n && hover(Number(edge.dataset.n)));
  edge.addEventListener('pointerleave', () => hover(null));
  edges.set(key, edge);
  return edge;
}

/** A line from box to box; those that would cross a box go around it. */
function pathOf(from, to) {
  const [x1, y1] = places[from];
  const [x2, y2] = places[to];
  switch (`${from}>${to}`) {
    case 'CLOSED>SYN-SENT': return 'M428 44 H548 V196';
    case 'LAST-ACK>CLOSED': return 'M646 520 H656 V4 H370 V20';
    case 'TIME-WAIT>CLOSED': return 'M428 640 H670 V-8 H300 V20';
    case 'TIME-WAIT>SYN-RECEIVED': return 'M232 650 H-8 V220 H14';
    case 'FIN-WAIT-1>TIME-WAIT': return 'M190 424 L221 470 V560 L280 616';
    case 'SYN-RECEIVED>FIN-WAIT-1': return 'M92 244 V376';
    case 'FIN-WAIT-1>FIN-WAIT-2': return 'M92 424 V496';
  }
  const dx = x2 - x1;
  const dy = y2 - y1;
  // Where the line leaves the one box and enters the other.
  const cut = Math.min(half[0] / Math.abs(dx || 1e-9), half[1] / Math.abs(dy || 1e-9));
  return `M${x1 + dx * cut} ${y1 + dy * cut} L${x2 - dx * cut} ${y2 - dy * cut}`;
}

function makeNode(state) {
  const [x, y] = places[state];
  const node = s(`g.node.${stateClass(state)}`, {},
    s('rect', { x: x - half[0], y: y - half[1], width: 2 * half[0], height: 2 * half[1], rx: 9 }),
    s('text', { x, y: y + 7 }, state), s('text.who', { x, y: y + 43 }));
  nodes.set(state, node);
  return node;
}

function draw() {
  const walk = app.connection ? replay.upTo(app.connection, shownEnd()) : new Walk();
  const here = app.connection && app.connection.events.length > 0;
  const us = here ? walk.us.state : app.connection?.state;
  const peer = here ? walk.peer.state : app.connection?.peerState;
  const key = [us, peer, walk.us.steps.size, walk.peer.steps.size, app.connection?.key, app.language].join(' ');
  if (key === drawn)
    return;
  drawn = key;
  for (const [state, node] of nodes) {
    const isUs = state === us;
    const isPeer = state === peer;
    node.classList.toggle('here-us', isUs);
    node.classList.toggle('here-peer', isPeer);
    const who = [isUs ? t('us') : null, isPeer ? t('peer') : null].filter(word => word).join(' + ');
    node.querySelector('.who').textContent = who ? `▲ ${who}` : '';
  }
  for (const [name, edge] of edges) {
    edge.classList.toggle('walked-us', walk.us.steps.has(name));
    edge.classList.toggle('walked-peer', walk.peer.steps.has(name));
    edge.dataset.n = walk.us.steps.get(name) ?? walk.peer.steps.get(name) ?? '';
    const look = walk.us.steps.has(name) ? 'us-end' : walk.peer.steps.has(name) ? 'peer-end' : 'edge';
    edge.lastElementChild.setAttribute('marker-end', `url(#head-${look})`);
  }
  set(picture, 'aria-label', t('statesLabel', { us: us || t('unknown'), peer: peer || t('unknown') }));
}

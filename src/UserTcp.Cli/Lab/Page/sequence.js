// The sequence space of both directions as two bars, with their edges and ranges.

import { app, hover, select, shownEnd, view } from './app.js';
import { byId, h, s, say, set } from './dom.js';
import { number } from './format.js';
import { Replay } from './folds.js';
import { Scoreboard } from './scoreboard.js';
import { t } from './words.js';

const replay = new Replay(() => new Scoreboard());
const width = 1000;
const maxRanges = 80;
const maxSearch = 5000;
const scales = {};
let drawn = '';

/** Starts the panel. */
export function startSequence() {
  view(byId('panel-space'), draw);
  byId('space-body').append(frame('out'), frame('in'));
}

function frame(direction) {
  const box = makeFrame(direction);
  const picture = box.querySelector('svg');
  picture.addEventListener('pointermove', event => hover(segmentAt(direction, picture, event)));
  picture.addEventListener('pointerleave', () => hover(null));
  picture.addEventListener('click', event => {
    const number = segmentAt(direction, picture, event);
    if (number !== null)
      select(number, 'space');
  });
  return box;
}

/** The number of the last segment that carries the byte under the pointer, or null. */
function segmentAt(direction, picture, event) {
  const scale = scales[direction];
  if (!scale || !app.connection)
    return null;
  const { left, width: size } = picture.getBoundingClientRect();
  const value = scale.from + (event.clientX - left) / size * (scale.end - scale.from);
  const { events } = app.connection;
  const end = shownEnd();
  for (let index = end - 1; index >= Math.max(events.first, end - maxSearch); index--) {
    const { kind, dir, seq, len, n } = events.at(index);
    if (kind === 'seg' && dir === direction && seq <= value && value < seq + len)
      return n;
  }
  return null;
}

function makeFrame(direction) {
  return h('div.space', { id: `space-${direction}` },
    h('h3', {}),
    s('svg', { viewBox: `0 0 ${width} 66`, preserveAspectRatio: 'none', role: 'img', 'aria-label': t('spaceNone') }),
    h('div.edges', { ariaHidden: 'true' }),
    h('p.soft', {}),
    h('ul.legend', {}));
}

function draw() {
  if (!app.connection)
    return clear();
  const end = shownEnd();
  const board = replay.upTo(app.connection, end);
  const key = [app.connection.key, end, app.language, app.hovered, app.selected].join(' ');
  if (key === drawn)
    return;
  drawn = key;
  if (!board.known)
    return clear();
  drawOut(board.out);
  drawIn(board);
}

function clear() {
  drawn = '';
  for (const direction of ['out', 'in']) {
    const box = byId(`space-${direction}`);
    say(box.querySelector('h3'), t(direction === 'out' ? 'spaceOut' : 'spaceIn'));
    box.querySelector('svg').replaceChildren();
    set(box.querySelector('svg'), 'aria-label', t('spaceNone'));
    box.querySelector('.edges').replaceChildren();
    say(box.querySelector('p'), t('spaceNone'));
    box.querySelector('ul').replaceChildren();
  }
}

function drawOut(out) {
  const edge = out.una + out.window;
  const scale = scaleOf(out.una, Math.max(out.nxt, edge));
  const bars = [
    bar('acked', scale.from, out.una), bar('flight', out.una, out.nxt), bar('window', out.nxt, edge),
    ...out.sacked.map(range => bar('sacked', ...range)), ...out.retransmitted.map(range => bar('again', ...range)),
    ...out.lost.map(range => bar('lost', ...range)),
  ];
  const sum = list => list.reduce((total, [from, end]) => total + end - from, 0);
  const words = t('spaceEdges', {
    una: out.una, nxt: out.nxt, edge, flight: out.flight, sacked: sum(out.sacked), lost: sum(out.lost),
  });
  fill('out', bars, scale, [['UNA', out.una], ['NXT', out.nxt], ['UNA+WND', edge]], words,
    ['Acked', 'Flight', 'Sacked', 'Lost', 'Again', 'Window']);
}

function drawIn(board) {
  const edge = board.in.nxt + board.in.window;
  const holes = board.holes();
  // A large window would hide what has arrived: the far part is cut off.
  const far = Math.max(board.in.highest + (board.in.highest - board.in.nxt) / 2, board.in.nxt + 4096);
  const scale = scaleOf(board.in.nxt, board.in.blocks.length > 0 ? Math.min(edge, far) : edge);
  const bars = [
    bar('acked', scale.from, board.in.nxt), bar('window', board.in.nxt, edge),
    ...board.in.blocks.map(range => bar('sacked', ...range)), ...holes.map(range => bar('lost', ...range)),
  ];
  const words = t('spaceInEdges', { nxt: board.in.nxt, edge, holes: holes.length, unread: board.in.unread ?? 0 });
  fill('in', bars, scale, [['NXT', board.in.nxt], ['NXT+WND', edge]], words,
    ['Received', 'OutOfOrder', 'Hole', 'Window']);
}

/** From a little before the first edge to a little behind the last one. */
function scaleOf(first, last) {
  const range = Math.max(1, last - first);
  const from = Math.max(0, first - range * 0.15);
  const end = last + range * 0.04;
  return { from, end, x: value => Math.max(0, Math.min(width, (value - from) / (end - from) * width)) };
}

const bar = (look, from, end) => ({ look, from, end });

function fill(direction, bars, scale, edges, words, legend) {
  const box = byId(`space-${direction}`);
  scales[direction] = scale;
  say(box.querySelector('h3'), t(direction === 'out' ? 'spaceOut' : 'spaceIn'));
  say(box.querySelector('p'), words);
  const picture = box.querySelector('svg');
  set(picture, 'aria-label', words);
  const parts = bars.slice(0, maxRanges).filter(({ from, end }) => scale.x(end) > scale.x(from)).map(entry =>
    rect(entry, scale));
  picture.replaceChildren(...parts, ...markOf(direction, scale), ...edges.map(([, value]) => s('line.edge', {
    x1: scale.x(value), x2: scale.x(value), y1: 4, y2: 62, 'vector-effect': 'non-scaling-stroke',
  })));
  drawEdges(box.querySelector('.edges'), edges, scale);
  const list = box.querySelector('ul');
  if (list.lang === app.language && list.children.length > 0)
    return;
  list.lang = app.language;
  list.replaceChildren(...legend.map(name => h('li', {}, h(`span.swatch.sp-${lookOf(name)}`), t(`space${name}`))));
}

const looks = { Received: 'acked', OutOfOrder: 'sacked', Hole: 'lost' };
const lookOf = name => looks[name] ?? name.toLowerCase();

/** Ranges that differ in colour differ in height too. */
function rect({ look, from, end }, scale) {
  const [y, height] = { sacked: [14, 38], lost: [8, 50], again: [20, 26] }[look] ?? [14, 38];
  const x = scale.x(from);
  return s(`rect.sp-${look}`, { x, y, width: Math.max(1.5, scale.x(end) - x), height });
}

/** The segment that is selected or under the pointer, in this direction. */
function markOf(direction, scale) {
  return [[app.selected, 'selected'], [app.hovered, 'hovered']].flatMap(([n, look]) => {
    const event = n === null ? undefined : app.store.find(n);
    if (!event || event.dir !== direction || !(event.len > 0) || !(event.seq + event.len > scale.from))
      return [];
    const x = scale.x(event.seq);
    return [s(`rect.range-${look}`, {
      x, y: 6, width: Math.max(3, scale.x(event.seq + event.len) - x), height: 54,
      'vector-effect': 'non-scaling-stroke',
    })];
  });
}

/** Names of edges in two lines, so that neighbours do not cover each other. */
function drawEdges(box, edges, scale) {
  box.replaceChildren(...edges.map(([name, value], place) => {
    const share = scale.x(value) / width;
    const label = h('span.edge-name', {}, `${name} ${number(value)}`);
    label.style.insetInlineStart = `${share * 100}%`;
    label.style.transform = `translateX(-${share * 100}%)`;
    label.style.top = `${(place % 2) * 1.1}rem`;
    return label;
  }));
}

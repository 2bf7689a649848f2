// One row of the ladder: an arrow between the lifelines, a note beside ours, or a gap.

import { h, s } from './dom.js';
import { since, stateClass } from './format.js';
import { sentenceOf } from './reasons.js';
import { isLost, isRetransmission } from './store.js';
import { t } from './words.js';

/** True when the filter ('segments', 'usual' or 'all') shows the event. */
export function isShown(event, filter) {
  switch (event.kind) {
    case 'seg': case 'gap': return true;
    // A verdict about a segment that has its own row stands in that row.
    case 'link': return event.of === undefined;
    case 'conn': case 'call': case 'loss': return filter !== 'segments';
    case 'timer': return filter === 'all' || (filter === 'usual' && isTelling(event));
    default: return filter === 'all';
  }
}

/** The pacer's timer expires at each burst: it tells nothing that the segments do not. */
const isTelling = event => event.action === 'Expired' && event.timer !== 'Pacing';

/** Builds the row of an event; `previous` is the event of the row above it, or undefined. */
export function makeRow(event, previous, connection) {
  if (event.kind === 'gap')
    return gapRow(event, t(event.atMost ? 'lostRow' : 'gapRow', { count: event.missed }));
  const kind = event.kind === 'seg' || event.kind === 'link' ? 'arrow' : 'remark';
  const us = stateOf(event) || stateOf(previous);
  const peer = event.peerState ?? previous?.peerState;
  const row = h(`div.row.${kind}.${event.severity ?? 'normal'}`, { role: 'option', id: `event-${event.n}` },
    h('span.when', {}, since(event.t - connection.opened)),
    chip('us', us, us !== stateOf(previous)),
    kind === 'arrow' ? wire(event, connection, us, peer) : remark(event, us, peer),
    chip('peer', peer, peer !== previous?.peerState));
  row.dataset.n = event.n;
  return row;
}

/** A row that says what is not there. */
export function gapRow(event, words) {
  const row = h('div.row.gap', { role: 'option', id: `event-${event.n}` },
    h('span.missed', {}, words));
  row.dataset.n = event.n;
  return row;
}

/** Flags, relative numbers and length: "PSH,ACK seq 1 ack 85 len 1448". */
export function labelOf(event) {
  const parts = [event.flags, `seq ${event.seq}`];
  if (event.ack !== undefined)
    parts.push(`ack ${event.ack}`);
  if (event.len > 0)
    parts.push(`len ${event.len}`);
  if (event.win !== undefined)
    parts.push(`win ${event.win}`);
  if (event.sack)
    parts.push(`sack ${event.sack}`);
  return parts.join(' ');
}

/** What the link did to the segment: Lost, Held, ... */
export function marksOf(event, connection) {
  const verdicts = event.kind === 'link' ? [event] : connection.verdicts.get(event.n) ?? [];
  return verdicts.map(verdict => verdict.verdict);
}

const stateOf = event => event?.after ?? event?.state;

function chip(end, state, hasChanged) {
  return h(`span.state.${end}.${stateClass(state)}`, {}, state && hasChanged ? state : '');
}

function wire(event, connection, us, peer) {
  const marks = marksOf(event, connection);
  const isGone = event.kind === 'link' ? isLost([event]) : isLost(connection.verdicts.get(event.n));
  const verdicts = event.kind === 'link' ? [] : connection.verdicts.get(event.n) ?? [];
  const says = [sentenceOf(event), ...verdicts.map(sentenceOf)].join(' · ');
  return h(`span.wire.${event.dir}`, {},
    h(`span.life.us.${stateClass(us)}`),
    h('span.unseen', {}, ` ${t(event.dir === 'out' ? 'rowOut' : 'rowIn')} `),
    h('span.label', {}, event.kind === 'seg' && isRetransmission(event) ? h('b.again', {}, 'R ') : null,
      labelOf(event), ...marks.map(mark => h(`b.mark.mark-${mark}`, {}, ` ${t(`row${mark}`)}`))),
    arrow(event, connection, isGone),
    h('span.says', {}, h('span.unseen', {}, '; '), says),
    h(`span.life.peer.${stateClass(peer)}`));
}

/** The arrow falls with time: more for a longer way. One that the link lost ends in an x between the lifelines. */
function arrow(event, connection, isGone) {
  const fall = slant(event.vitals?.minRtt ?? connection.minRtt);
  connection.minRtt = event.vitals?.minRtt ?? connection.minRtt;
  const [from, to] = event.dir === 'out' ? [0, 100] : [100, 0];
  const end = isGone ? 50 : to;
  const drop = isGone ? fall / 2 : fall;
  const look = lookOf(event, isGone);
  const line = s(`line.${look}`, { x1: `${from}%`, y1: 10 - fall / 2, x2: `${end}%`, y2: 10 - fall / 2 + drop });
  if (!isGone)
    line.setAttribute('marker-end', `url(#head-${look})`);
  const cross = isGone
    ? s('svg', { x: '50%', y: 10 - fall / 2 + drop, overflow: 'visible' }, s('path.cross', { d: 'M-5-5 5 5M-5 5 5-5' }))
    : null;
  return s('svg.shaft', { 'aria-hidden': 'true', height: 20, overflow: 'visible' }, line, cross);
}

/** Pixels of slant: 3 for 10 µs one way, 6 more for each tenfold, at most 18. */
const slant = minRtt => Math.min(18, Math.max(3, 3 + 6 * Math.log10(Math.max(1, (minRtt ?? 0) / 20_000))));

function lookOf(event, isGone) {
  if (isGone || event.flags.includes('RST'))
    return 'bad';
  if (event.kind === 'seg' && isRetransmission(event))
    return 'again';
  if (/SYN|FIN/.test(event.flags))
    return 'control';
  if (event.sack)
    return 'sack';
  return event.len > 0 ? 'data' : 'ack';
}

const signs = { call: '▸', timer: '◷', loss: '!', conn: '●', state: '→', limit: '≤' };

function remark(event, us, peer) {
  return h('span.wire', {},
    h(`span.life.us.${stateClass(us)}`),
    h('span.words', {}, h('b', { ariaHidden: 'true' }, `${signs[event.kind] ?? '·'} `), sentenceOf(event)),
    h(`span.life.peer.${stateClass(peer)}`));
}

// The sequence space of both directions at one moment: edges, what is in flight, SACKed, lost, retransmitted, and the
// holes of the receiving side. Pure; built from the events of one connection.

import { ranges } from './format.js';
import { isRetransmission } from './store.js';

export class Scoreboard {
  constructor() {
    this.out = { una: 0, nxt: 0, window: 0, sacked: [], lost: [], retransmitted: [], selected: null };
    this.in = { nxt: 0, window: 0, blocks: [], highest: 0 };
    this.known = false;
  }

  apply(event) {
    if (event.vitals)
      this.#vitals(event.vitals);
    if (event.kind === 'seg')
      this.#segment(event);
    else if (event.kind === 'loss')
      this.out.lost = add(this.out.lost, Number(event.from), Number(event.end));
  }

  #vitals(vitals) {
    const { out } = this;
    this.known = true;
    if (typeof vitals.una === 'number' && vitals.una !== out.una) {
      out.una = vitals.una;
      for (const name of ['sacked', 'lost', 'retransmitted'])
        out[name] = remove(out[name], -Infinity, vitals.una);
    }
    out.nxt = numeric(vitals.nxt, out.nxt);
    out.window = vitals.wnd ?? 0;
    out.flight = vitals.pipe ?? 0;
    if (!vitals.sacked && out.sacked.length > 0)
      out.sacked = [];
    if (!vitals.lost && out.lost.length > 0)
      out.lost = [];
    this.in.nxt = numeric(vitals.rcvNxt, this.in.nxt);
    this.in.window = vitals.rcvWnd ?? 0;
    this.in.unread = vitals.unread ?? 0;
    this.in.blocks = ranges(vitals.outOfOrder);
    this.in.highest = Math.max(this.in.nxt, ...this.in.blocks.map(([, end]) => end));
  }

  #segment(event) {
    const { out } = this;
    if (event.dir === 'out' && event.len > 0 && isRetransmission(event)) {
      out.retransmitted = add(out.retransmitted, event.seq, event.seq + event.len);
      out.lost = remove(out.lost, event.seq, event.seq + event.len);
    } else if (event.dir === 'in' && event.sack) {
      for (const [from, end] of ranges(event.sack).filter(([from]) => from >= out.una)) {
        out.sacked = add(out.sacked, from, end);
        out.lost = remove(out.lost, from, end);
        out.retransmitted = remove(out.retransmitted, from, end);
      }
    }
  }

  /** The holes of the receiving side: what is not there below what is. */
  holes() {
    let from = this.in.nxt;
    const holes = [];
    for (const [left, right] of [...this.in.blocks].sort(([a], [b]) => a - b)) {
      if (left > from)
        holes.push([from, left]);
      from = Math.max(from, right);
    }
    return holes;
  }
}

const numeric = (value, otherwise) => typeof value === 'number' ? value : otherwise;

/** The sorted ranges with one more; those that touch become one. At most 256 are kept. */
export function add(list, from, end) {
  if (!(end > from))
    return list;
  const result = [];
  for (const range of list) {
    if (range[1] < from || range[0] > end) {
      result.push(range);
    } else {
      from = Math.min(from, range[0]);
      end = Math.max(end, range[1]);
    }
  }
  result.push([from, end]);
  result.sort((left, right) => left[0] - right[0]);
  return result.slice(-256);
}

/** The ranges without this one. */
export function remove(list, from, end) {
  const result = [];
  for (const [left, right] of list) {
    if (right <= from || left >= end) {
      result.push([left, right]);
      continue;
    }
    if (left < from)
      result.push([left, from]);
    if (right > end)
      result.push([end, right]);
  }
  return result;
}

// The numbers that the time-sequence plot draws, in columns that grow with the events of one connection. Pure.

import { ranges } from './format.js';
import { isLost, isRetransmission } from './store.js';

const maxEntries = 150_000;

/** What a segment is drawn as. */
export const Mark = { data: 0, again: 1, lost: 2, control: 3 };

export class Series {
  constructor(connection) {
    this.verdicts = connection.verdicts;
    this.start = undefined;
    this.end = 0;
    this.out = direction();
    this.in = direction();
    // Variables: one entry for each event with a change in one of them.
    this.times = [];
    this.cwnd = [];
    this.ssthresh = [];
    this.flight = [];
    this.srtt = [];
    this.rto = [];
    /** [from, end, name], the last one still open. */
    this.limits = [];
    this.recoveries = [];
    this.losses = { t: [], from: [], end: [], n: [] };
    this.top = 1;
  }

  /** True when it is time to begin again from the events kept: columns only grow. */
  get isFull() {
    return this.times.length > maxEntries || this.out.acks.t.length + this.in.acks.t.length > maxEntries;
  }

  apply(event) {
    if (event.kind === 'gap')
      return;
    this.start ??= event.t;
    this.end = Math.max(this.end, event.t);
    if (event.vitals)
      this.#vitals(event.t, event.vitals);
    if (event.kind === 'seg')
      this.#segment(event);
    else if (event.kind === 'loss')
      push(this.losses, { t: event.t, from: Number(event.from), end: Number(event.end), n: event.n });
    else if (event.kind === 'link' && event.of)
      this.#verdict(event);
  }

  #segment(event) {
    const own = event.dir === 'out' ? this.out : this.in;
    const other = event.dir === 'out' ? this.in : this.out;
    if (typeof event.seq === 'number') {
      const size = event.len + (/SYN|FIN/.test(event.flags) ? 1 : 0);
      const mark = isRetransmission(event) ? Mark.again : event.len > 0 ? Mark.data : Mark.control;
      if (size > 0)
        push(own.segments, { t: event.t, from: event.seq, end: event.seq + size, n: event.n, mark, lost: false });
      if (size > 0)
        own.top = Math.max(own.top, event.seq + size);
    }
    if (typeof event.ack !== 'number')
      return;
    const { acks } = other;
    const last = acks.ack.length - 1;
    const isDuplicate = event.meaning?.includes('DuplicateAck') ?? false;
    push(acks, { t: event.t, ack: event.ack, edge: event.ack + (event.win ?? 0), n: event.n, duplicate: isDuplicate });
    other.top = Math.max(other.top, last >= 0 ? acks.ack[last] : 0);
    for (const [from, end] of ranges(event.sack))
      push(other.sacks, { t: event.t, from, end, n: event.n });
  }

  #verdict(event) {
    if (!isLost(this.verdicts.get(event.of)) && event.verdict !== 'Lost')
      return;
    const { segments } = event.dir === 'out' ? this.out : this.in;
    const place = segments.n.lastIndexOf(event.of);
    if (place >= 0)
      segments.lost[place] = true;
  }

  #vitals(time, vitals) {
    const last = this.times.length - 1;
    const values = [vitals.cwnd ?? 0, vitals.ssthresh ?? 0, vitals.pipe ?? 0, vitals.srtt ?? 0, vitals.rto ?? 0];
    const columns = [this.cwnd, this.ssthresh, this.flight, this.srtt, this.rto];
    if (last < 0 || columns.some((column, i) => column[last] !== values[i])) {
      this.times.push(time);
      columns.forEach((column, i) => column.push(values[i]));
    }
    interval(this.limits, time, vitals.limit ?? 'None');
    interval(this.recoveries, time, vitals.recovery ?? 'Open');
  }
}

const direction = () => ({
  segments: { t: [], from: [], end: [], n: [], mark: [], lost: [] },
  acks: { t: [], ack: [], edge: [], n: [], duplicate: [] },
  sacks: { t: [], from: [], end: [], n: [] },
  top: 1,
});

function push(columns, values) {
  for (const name of Object.keys(columns))
    columns[name].push(values[name]);
}

/** Ends the open interval when the name changes, and begins the next one. */
function interval(list, time, name) {
  const open = list.at(-1);
  if (open?.[2] === name) {
    open[1] = time;
    return;
  }
  if (open)
    open[1] = time;
  list.push([time, time, name]);
}

/** The index of the first entry that is not below the value; the column is sorted. */
export function lowerBound(column, value) {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

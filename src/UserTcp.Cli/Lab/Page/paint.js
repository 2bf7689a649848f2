// Draws a series on a canvas, in tcptrace's convention: bars for segments, R for retransmissions, lines for ACKs and
// the window edge, ticks for duplicate ACKs, purple for SACK. Below: windows, then times, on the same time axis.

import { bytes, number, span, step, tick } from './format.js';
import { lowerBound, Mark } from './series.js';

const left = 62;
const right = 10;
const bandHeight = 7;

/** Where the three parts of a plot of this size are. */
export function layout(width, height) {
  const top = bandHeight * 2 + 6;
  const bottom = height - 22;
  const gap = 16;
  const room = bottom - top - 2 * gap;
  const parts = [0.58, 0.24, 0.18].map(share => share * room);
  return {
    left, right: width - right, top, bottom,
    sequence: [top, top + parts[0]],
    windows: [top + parts[0] + gap, top + parts[0] + gap + parts[1]],
    times: [bottom - parts[2], bottom],
  };
}

/** Draws everything; `scene` holds series, direction, range, limit, marks, colours, size and words. */
export function paint(context, scene) {
  const { width, height } = scene;
  const place = layout(width, height);
  context.clearRect(0, 0, width, height);
  context.font = scene.colours.font;
  context.lineWidth = 1;
  const [from, to] = scene.range;
  const x = time => place.left + (time - from) / (to - from) * (place.right - place.left);
  const painter = { context, scene, place, x, colours: scene.colours, legends: [] };
  bands(painter);
  timeAxis(painter);
  sequencePart(painter);
  linePart(painter, place.windows, bytes, [
    ['cwnd', scene.series.cwnd, 'data'], ['ssthresh', scene.series.ssthresh, 'bad'],
    ['flight', scene.series.flight, 'ack'],
  ]);
  timesPart(painter, place.times, [['SRTT', scene.series.srtt, 'data'], ['RTO', scene.series.rto, 'again']]);
  cursor(painter);
  for (const [part, lines] of painter.legends)
    legend(painter, part, lines);
}

/** What limits the sender, and the recovery phase: two strips above, and a tint. */
function bands({ context, scene, place, x, colours }) {
  const end = Math.min(scene.limit, scene.range[1]);
  for (const [list, line, skip] of [[scene.series.limits, 0, ''], [scene.series.recoveries, 1, 'Open']]) {
    let drawn = 0;
    for (const [from, until, name] of visible(list, scene)) {
      // What is narrower than a pixel shares it with its neighbour.
      if (name === skip || x(Math.min(until, end)) < drawn + 0.7)
        continue;
      const x1 = Math.max(place.left, x(from));
      drawn = x(Math.min(until, end));
      const size = Math.max(0.7, Math.min(place.right, x(Math.min(until, end))) - x1);
      context.fillStyle = line === 0 ? colours.limits[name] ?? colours.soft : colours.again;
      context.fillRect(x1, 1 + line * (bandHeight + 1), size, bandHeight);
      if (line === 1) {
        context.globalAlpha = 0.09;
        context.fillRect(x1, place.top, size, place.bottom - place.top);
        context.globalAlpha = 1;
      }
    }
  }
}

const visible = (list, { range, limit }) =>
  list.filter(([from, until]) => until >= range[0] && from <= Math.min(range[1], limit));

function timeAxis({ context, scene, place, x, colours }) {
  const [from, to] = scene.range;
  const distance = step(to - from, (place.right - place.left) / 90);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (let time = Math.ceil((from - scene.zero) / distance) * distance + scene.zero; time <= to; time += distance) {
    context.fillStyle = colours.faint;
    context.fillRect(Math.round(x(time)), place.top, 1, place.bottom - place.top);
    context.fillStyle = colours.soft;
    context.fillText(tick(time - scene.zero, distance), x(time), place.bottom + 5);
  }
}

function sequencePart(painter) {
  const { scene, place, context, colours } = painter;
  const own = scene.series[scene.direction];
  const [low, high] = scene.values;
  const [top, bottom] = place.sequence;
  const y = value => bottom - (value - low) / (high - low) * (bottom - top);
  valueAxis(painter, place.sequence, low, high, number);
  context.save();
  context.beginPath();
  context.rect(place.left, top - 6, place.right - place.left, bottom - top + 12);
  context.clip();
  steps(painter, own.acks.t, own.acks.edge, y, colours.window);
  steps(painter, own.acks.t, own.acks.ack, y, colours.ack);
  duplicates(painter, own.acks, y);
  ranges(painter, own.sacks, y, colours.sack, 2);
  if (scene.direction === 'out')
    ranges(painter, scene.series.losses, y, colours.bad, 1.2);
  segments(painter, own.segments, y);
  marks(painter, own, y);
  context.restore();
}

function valueAxis({ context, place, colours }, [top, bottom], low, high, words) {
  const distance = step(high - low, (bottom - top) / 34);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let value = Math.ceil(low / distance) * distance; value <= high; value += distance) {
    const y = bottom - (value - low) / (high - low) * (bottom - top);
    context.fillStyle = colours.faint;
    context.fillRect(place.left, Math.round(y), place.right - place.left, 1);
    context.fillStyle = colours.soft;
    context.fillText(words(value), place.left - 6, y);
  }
}

/** The indices of a column that lie in the range, with one more on each side. */
function inRange(times, scene) {
  const end = Math.min(scene.range[1], scene.limit);
  return [Math.max(0, lowerBound(times, scene.range[0]) - 1), Math.min(times.length, lowerBound(times, end + 1) + 1)];
}

/** A value that holds until the next one. Values of one pixel column become one upright line. */
function steps({ context, scene, x }, times, values, y, colour, width = 1.3) {
  let [from, to] = inRange(times, scene);
  while (to > from && times[to - 1] > scene.limit)
    to--;
  if (to <= from)
    return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  let column = x(times[from]);
  let [low, high] = [values[from], values[from]];
  context.moveTo(column, y(values[from]));
  for (let i = from + 1; i < to; i++) {
    const at = x(times[i]);
    if (at - column < 0.6) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
      continue;
    }
    if (high > low) {
      context.lineTo(column, y(low));
      context.lineTo(column, y(high));
    }
    context.lineTo(column, y(values[i - 1]));
    context.lineTo(at, y(values[i - 1]));
    context.lineTo(at, y(values[i]));
    column = at;
    low = high = values[i];
  }
  context.lineTo(column, y(values[to - 1]));
  context.lineTo(x(Math.min(scene.limit, scene.range[1])), y(values[to - 1]));
  context.stroke();
}

function duplicates({ context, scene, x, colours }, acks, y) {
  const [from, to] = inRange(acks.t, scene);
  context.strokeStyle = colours.ack;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let i = from; i < to; i++) {
    if (acks.duplicate[i] && acks.t[i] <= scene.limit) {
      context.moveTo(x(acks.t[i]), y(acks.ack[i]));
      context.lineTo(x(acks.t[i]), y(acks.ack[i]) - 6);
    }
  }
  context.stroke();
}

function ranges({ context, scene, x }, list, y, colour, width) {
  const [from, to] = inRange(list.t, scene);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (let i = from; i < to; i++) {
    if (list.t[i] <= scene.limit) {
      context.moveTo(x(list.t[i]), y(list.from[i]));
      context.lineTo(x(list.t[i]), y(list.end[i]) - 0.5);
    }
  }
  context.stroke();
}

function segments(painter, list, y) {
  const { scene, colours } = painter;
  const [from, to] = inRange(list.t, scene);
  const withHeads = to - from < 1500;
  const looks = [
    [colours.data, i => list.mark[i] === Mark.data], [colours.ink, i => list.mark[i] === Mark.control],
    [colours.again, i => list.mark[i] === Mark.again],
  ];
  for (const [colour, belongs] of looks)
    bars(painter, list, from, to, y, colour, belongs, withHeads);
  letters(painter, list, from, to, y);
}

function bars({ context, scene, x }, list, from, to, y, colour, belongs, withHeads) {
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.beginPath();
  let column = -1;
  let [bottom, top] = [0, 0];
  for (let i = from; i < to; i++) {
    if (!belongs(i) || list.t[i] > scene.limit)
      continue;
    const at = x(list.t[i]);
    const low = y(list.from[i]);
    const high = Math.min(low - 1, y(list.end[i]));
    // What the bar before it covers, to the pixel, is not drawn again.
    if (!withHeads && at - column < 0.6 && high >= top - 0.5 && low <= bottom + 0.5)
      continue;
    [column, bottom, top] = [at, low, high];
    context.moveTo(at, low);
    context.lineTo(at, high);
    if (withHeads && low - high > 5) {
      context.moveTo(at - 2.5, high + 3);
      context.lineTo(at, high);
      context.lineTo(at + 2.5, high + 3);
      context.moveTo(at - 2.5, low - 3);
      context.lineTo(at, low);
      context.lineTo(at + 2.5, low - 3);
    }
  }
  context.stroke();
}

/** R above a retransmission, x in a lost segment; at most 400 of them, or they cover the plot. */
function letters({ context, scene, x, colours }, list, from, to, y) {
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  context.font = `bold ${colours.font}`;
  for (let i = from, count = 0; i < to && count < 400; i++) {
    if (list.t[i] > scene.limit || (list.mark[i] !== Mark.again && !list.lost[i]))
      continue;
    count++;
    context.fillStyle = list.lost[i] ? colours.bad : colours.again;
    context.fillText(list.lost[i] ? '×' : 'R', x(list.t[i]) + (list.lost[i] ? 0 : 1), y(list.end[i]) - 1);
  }
  context.font = colours.font;
}

/** Rings around the segment that is selected and the one under the pointer. */
function marks({ context, scene, x, colours }, own, y) {
  for (const [n, colour, width] of [[scene.hovered, colours.ink, 1.5], [scene.selected, colours.focus, 2.5]]) {
    if (n === null)
      continue;
    const point = pointOf(own, n);
    if (!point)
      continue;
    context.strokeStyle = colour;
    context.lineWidth = width;
    const high = Math.min(y(point.end), y(point.from) - 6);
    context.strokeRect(x(point.t) - 5, high - 4, 10, y(point.from) - high + 8);
  }
}

/** Where the event with this number is drawn: a segment, or an ACK. */
export function pointOf(own, n) {
  let place = lowerBound(own.segments.n, n);
  if (own.segments.n[place] === n)
    return { t: own.segments.t[place], from: own.segments.from[place], end: own.segments.end[place], n };
  place = lowerBound(own.acks.n, n);
  if (own.acks.n[place] === n)
    return { t: own.acks.t[place], from: own.acks.ack[place], end: own.acks.ack[place], n };
  return null;
}

function linePart(painter, part, words, lines) {
  const { context, scene, place, colours } = painter;
  const { times } = scene.series;
  const [from, to] = inRange(times, scene);
  let high = 1;
  for (const [, values] of lines) {
    for (let i = from; i < to; i++)
      high = Math.max(high, values[i]);
  }
  high *= 1.08;
  const [top, bottom] = part;
  const y = value => bottom - value / high * (bottom - top);
  valueAxis(painter, part, 0, high, words);
  context.save();
  context.beginPath();
  context.rect(place.left, top - 2, place.right - place.left, bottom - top + 4);
  context.clip();
  // ssthresh is unset until the first loss, and a capture has no cwnd: no line at zero.
  for (const [name, values, colour] of lines)
    steps(painter, times, values, name === 'flight' ? y : value => y(value || -high), colours[colour]);
  context.restore();
  painter.legends.push([part, lines]);
}

/** Times on a logarithmic axis: an RTT of 100 µs and an RTO of a second are both there. */
function timesPart(painter, part, lines) {
  const { context, scene, place, colours } = painter;
  const { times } = scene.series;
  const [from, to] = inRange(times, scene);
  let [low, high] = [Infinity, 1e4];
  for (const [, values] of lines) {
    for (let i = from; i < to; i++) {
      if (values[i] > 0)
        low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
  }
  const first = Math.floor(Math.log10(Math.min(low, high)));
  const last = Math.max(first + 1, Math.log10(high) + 0.1);
  const [top, bottom] = part;
  const y = value => bottom - (Math.log10(Math.max(value, 1)) - first) / (last - first) * (bottom - top);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let power = first; power <= last; power++) {
    context.fillStyle = colours.faint;
    context.fillRect(place.left, Math.round(y(10 ** power)), place.right - place.left, 1);
    context.fillStyle = colours.soft;
    // Words for every decade do not fit a low part.
    if ((last - first) * 12 < bottom - top || (power - first) % 2 === 0)
      context.fillText(span(10 ** power), place.left - 6, y(10 ** power));
  }
  context.save();
  context.beginPath();
  context.rect(place.left, top - 2, place.right - place.left, bottom - top + 4);
  context.clip();
  for (const [, values, colour] of lines)
    steps(painter, times, values, y, colours[colour]);
  context.restore();
  painter.legends.push([part, lines]);
}

function legend({ context, place, colours }, [top], lines) {
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  let at = place.left + 4;
  for (const [name, , colour] of lines) {
    context.fillStyle = colours[colour];
    context.fillRect(at, top - 7, 10, 3);
    context.fillText(name, at + 14, top);
    at += 24 + context.measureText(name).width;
  }
}

/** The moment at which the views stand: what comes after it lies under a veil. */
function cursor({ context, scene, place, x, colours }) {
  if (scene.stands === null || scene.stands > scene.range[1])
    return;
  const at = Math.max(place.left, x(scene.stands));
  context.globalAlpha = 0.72;
  context.fillStyle = colours.panel;
  context.fillRect(at, 0, place.right - at + 1, place.bottom);
  context.globalAlpha = 1;
  context.fillStyle = colours.focus;
  context.fillRect(at - 0.75, 0, 1.5, place.bottom);
}

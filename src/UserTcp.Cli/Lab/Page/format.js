// Numbers, times and sizes as words. Pure.

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1,448 */
export const number = value => grouped.format(value);

/** Nanoseconds with about three digits: "38.2 ms", "1.204 s", "85 µs". */
export function span(nanoseconds) {
  const size = Math.abs(nanoseconds);
  if (size >= 60e9)
    return `${trim(nanoseconds / 1e9, 1)} s`;
  if (size >= 1e9)
    return `${trim(nanoseconds / 1e9, 3)} s`;
  if (size >= 1e6)
    return `${trim(nanoseconds / 1e6, 1)} ms`;
  return `${trim(nanoseconds / 1e3, 0)} µs`;
}

/** Nanoseconds as the word at an axis whose ticks are this far apart. */
export function tick(nanoseconds, distance) {
  const [unit, size] = distance >= 1e8 ? ['s', 1e9] : distance >= 1e5 ? ['ms', 1e6] : ['µs', 1e3];
  const digits = Math.max(0, -Math.floor(Math.log10(distance / size) + 1e-9));
  return `${(nanoseconds / size).toFixed(digits)} ${unit}`;
}

/** The time since the beginning of a connection, in the first second to the microsecond: "+4.463 ms". */
export const since = nanoseconds => Math.abs(nanoseconds) < 1e9
  ? `+${(nanoseconds / 1e6).toFixed(3)} ms`
  : `+${(nanoseconds / 1e9).toFixed(4)} s`;

/** A part of a span, as a number in the span's unit: "3.1" of "4 s". */
export function share(part, whole) {
  if (whole >= 1e9)
    return trim(part / 1e9, whole >= 60e9 ? 1 : 3);
  return whole >= 1e6 ? trim(part / 1e6, 1) : trim(part / 1e3, 0);
}

/** Bytes in units of 1,024: "1.5 MB". */
export function bytes(value) {
  if (value < 10_000)
    return `${number(value)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let size = value / 1024;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${trim(size, size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A number without trailing zeros. */
export const trim = (value, digits) => String(Number(value.toFixed(digits)));

/** "1-1449, 2897-4345" as [[1, 1449], [2897, 4345]]; anything else as []. */
export function ranges(words) {
  if (!words)
    return [];
  return words.split(', ').map(word => word.split('-').map(Number))
    .filter(([from, end]) => Number.isFinite(from) && Number.isFinite(end) && end > from);
}

/** The class of a state's colour. */
export function stateClass(state) {
  switch (state) {
    case 'LISTEN': return 'st-listen';
    case 'SYN-SENT': case 'SYN-RECEIVED': return 'st-opening';
    case 'ESTABLISHED': return 'st-established';
    case 'FIN-WAIT-1': case 'FIN-WAIT-2': case 'CLOSING': return 'st-closing';
    case 'CLOSE-WAIT': case 'LAST-ACK': return 'st-peerclosed';
    case 'TIME-WAIT': return 'st-waiting';
    default: return 'st-closed';
  }
}

/** A round step so that a range has about `count` of them: 1, 2 or 5 times a power of ten. */
export function step(range, count) {
  const rough = range / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

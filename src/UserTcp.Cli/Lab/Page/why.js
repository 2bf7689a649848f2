// Why? The chain of causes of an event: what it is because of, what it is about, and what the link did to that.

import { app } from './app.js';

const maxLinks = 24;

/** The chain: [{ event, relation, depth }], the event itself first. A cause that is no longer kept has no event. */
export function chainOf(event, store, verdictsOf) {
  const chain = [];
  const seen = new Set();
  follow(event, 'This', 0);
  return chain;

  function follow(link, relation, depth) {
    if (chain.length >= maxLinks || seen.has(link.n))
      return;
    seen.add(link.n);
    chain.push({ event: link, relation, depth });
    for (const verdict of verdictsOf(link.n))
      visit(verdict.n, 'Verdict', depth + 1);
    // Why the segment that this is about was sent leads away from the question.
    if (relation === 'Of')
      return;
    visit(link.because, 'Because', depth + 1);
    visit(link.of, 'Of', depth + 1);
  }

  function visit(number, relation, depth) {
    if (number === undefined || seen.has(number))
      return;
    const event = store.find(number);
    if (event)
      follow(event, relation, depth);
    else
      chain.push({ number, relation, depth });
  }
}

/** The events that name this one as their cause, at most eight, in the next thousand of its connection. */
export function effectsOf(event, connection) {
  const effects = [];
  const { events } = connection;
  const start = events.search(other => other.n > event.n);
  for (let index = start; index < Math.min(events.end, start + 1000) && effects.length < 8; index++) {
    const other = events.at(index);
    if (other.because === event.n || (other.of === event.n && other.kind !== 'link'))
      effects.push(other);
  }
  return effects;
}

/** The nearest cause of an event: its number, or null. */
export function causeOf(event) {
  for (const number of [event?.because, event?.of]) {
    if (number !== undefined && app.store.find(number))
      return number;
  }
  return null;
}

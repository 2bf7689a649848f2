// The events kept, in order, and the connections that they belong to. Pure: no document, no network.
//
// A ring of at most `limit` events. A connection keeps its own events in the same objects; what the ring drops, the
// connection drops too, and `events.first` says how many that were.

import { Kept } from './kept.js';

const maxConnections = 200;
const isOver = new Set(['TIME-WAIT', 'CLOSED']);

export class Connection {
  constructor(key, event) {
    this.key = key;
    this.local = event.local;
    this.peer = event.peer;
    this.opened = event.t;
    this.events = new Kept();
    /** By the number of a segment: the events of the link about it. */
    this.verdicts = new Map();
    this.state = event.state ?? 'CLOSED';
    this.peerState = event.peerState ?? '';
    this.ended = false;
    this.hasOpened = false;
    this.absences = 0;
    this.retransmitted = 0;
    this.lost = 0;
    this.data = 0;
    this.lastTime = event.t;
  }

  /** The name that lists show. */
  get name() {
    return `${this.local} ↔ ${this.peer}`;
  }
}

export class Store {
  constructor(limit = 50_000) {
    this.limit = limit;
    this.clear();
  }

  clear() {
    this.events = new Kept();
    this.owners = new Kept();
    this.connections = new Map();
    this.ordered = [];
    this.missed = 0;
    this.lastNumber = 0;
    /** The language of `says`, by the number from which on it holds. */
    this.languages = [];
    this.time = 0;
    this.timeRead = 0;
    this.version = 0;
    this.resumes = false;
  }

  /** The stack's time now, in nanoseconds: the last event's plus what has passed here. */
  now(milliseconds) {
    return this.time + (this.isLive ? Math.max(0, milliseconds - this.timeRead) * 1e6 : 0);
  }

  /** Records one event; returns its connection, or null. Events that are already known change nothing. */
  add(event, milliseconds = 0) {
    if (event.t > this.time) {
      this.time = event.t;
      this.timeRead = milliseconds;
    }
    if (event.kind === 'gap') {
      this.version++;
      return this.#addGap(event);
    }
    // Signs of life, and lines about the stream itself, have no number.
    if (!(event.n > this.lastNumber))
      return null;
    if (this.resumes)
      this.#resume(event);
    this.version++;
    this.lastNumber = event.n;
    const connection = this.#connectionOf(event);
    this.#keep(event, connection);
    connection.events.push(event);
    update(connection, event);
    return connection;
  }

  /**
   * Brings the connections in line with the lab's table, as rows with local, peer and state: it has those that are
   * older than the first event, and knows what became of those whose end was missed.
   */
  reconcile(rows) {
    const byPair = new Map(rows.map(row => [`${row.local} ${row.peer}`, row]));
    for (const [pair, row] of byPair) {
      if (!this.connections.has(pair) && !isOver.has(row.state))
        this.#seed(pair, row);
    }
    for (const connection of this.ordered.filter(one => !one.ended))
      this.#reconcile(connection, byPair.get(`${connection.local} ${connection.peer}`));
    this.#bound();
  }

  #seed(pair, row) {
    const connection = new Connection(`${pair} before`, { ...row, t: this.time });
    this.connections.set(pair, connection);
    this.ordered.push(connection);
    this.version++;
  }

  #reconcile(connection, row) {
    const { events } = connection;
    const isUnsure = events.length === 0 || events.last.kind === 'gap';
    if (row && isUnsure && connection.state !== row.state) {
      connection.state = row.state;
      this.version++;
    }
    // Twice, since a table may be older than the events.
    connection.absences = row ? 0 : connection.absences + 1;
    if (connection.absences < 2)
      return;
    connection.ended = true;
    if (isUnsure)
      connection.state = 'CLOSED';
    this.version++;
  }

  /** The event with this number, or undefined. */
  find(number) {
    const event = this.events.at(this.indexOf(number));
    return event?.n === number ? event : undefined;
  }

  /** The connection of the event with this number, or undefined. */
  ownerOf(number) {
    return this.owners.at(this.indexOf(number)) ?? undefined;
  }

  indexOf(number) {
    return this.events.search(event => event.n >= number);
  }

  /** The language in which the sentence of an event came. */
  languageOf(event) {
    for (let i = this.languages.length - 1; i >= 0; i--) {
      if (event.n > this.languages[i].after)
        return this.languages[i].language;
    }
    return 'en';
  }

  /** From now on, sentences come in this language. */
  speak(language) {
    if (this.languages.at(-1)?.language !== language)
      this.languages.push({ after: this.lastNumber, language });
    if (this.languages.length > 100)
      this.languages.splice(0, 50);
  }

  /** Says that the stream has been lost: what comes between the last event and the next one is not here. */
  interrupt() {
    this.resumes = this.lastNumber > 0;
  }

  /** The numbers between are at most the events missed: those of the page's own connections have numbers too. */
  #resume(event) {
    this.resumes = false;
    const missed = Math.ceil(event.n - this.lastNumber) - 1;
    if (missed > 0)
      this.#addGap({ kind: 'gap', missed, atMost: true });
  }

  #addGap(event) {
    const gap = { ...event, n: event.n ?? this.lastNumber + 0.5, t: event.t ?? this.time };
    this.lastNumber = Math.max(this.lastNumber, gap.n);
    this.missed += gap.missed;
    this.#keep(gap, null);
    for (const connection of this.ordered) {
      if (!connection.ended && connection.events.length > 0)
        connection.events.push(gap);
    }
    return null;
  }

  #keep(event, connection) {
    this.events.push(event);
    this.owners.push(connection);
    if (this.events.length > this.limit)
      this.#drop(this.events.shift(), this.owners.shift());
  }

  #drop(event, owner) {
    const holders = owner ? [owner] : this.ordered;
    for (const holder of holders) {
      if (holder.events.at(holder.events.first) === event)
        holder.events.shift();
      holder.verdicts.delete(event.of ?? event.n);
    }
  }

  #connectionOf(event) {
    const pair = `${event.local} ${event.peer}`;
    const known = this.connections.get(pair);
    const opens = event.kind === 'conn' && event.change !== 'Ended';
    // A SYN that the link has lost comes before the opening that follows it.
    if (known && !(opens && (known.ended || known.hasOpened)) && !isOther(known, event)) {
      known.hasOpened ||= opens;
      return known;
    }

    const connection = new Connection(`${pair} ${event.n}`, event);
    connection.hasOpened = opens;
    this.connections.set(pair, connection);
    this.ordered.push(connection);
    this.#bound();
    return connection;
  }

  /** Forgets the connection that ended first, or the oldest, when there are too many. */
  #bound() {
    while (this.ordered.length > maxConnections) {
      const place = Math.max(0, this.ordered.findIndex(connection => connection.ended));
      const [gone] = this.ordered.splice(place, 1);
      const pair = `${gone.local} ${gone.peer}`;
      if (this.connections.get(pair) === gone)
        this.connections.delete(pair);
    }
  }
}

/** True when a new connection of the same addresses has begun without its opening being seen. */
function isOther(connection, event) {
  return connection.iss !== undefined && event.iss !== undefined && connection.iss !== event.iss;
}

function update(connection, event) {
  connection.lastTime = event.t;
  connection.iss = event.iss ?? connection.iss;
  connection.irs = event.irs ?? connection.irs;
  connection.state = event.after ?? event.state ?? connection.state;
  connection.peerState = event.peerState ?? connection.peerState;
  if (event.kind === 'seg') {
    connection.data += event.len;
    if (event.dir === 'out' && isRetransmission(event))
      connection.retransmitted++;
    // What is refused, and what a capture shows, has no end of its own kind.
    connection.ended ||= connection.state === 'CLOSED';
  } else if (event.kind === 'link') {
    if (event.verdict === 'Lost' || event.verdict === 'QueueFull')
      connection.lost++;
    if (event.of)
      connection.verdicts.set(event.of, [...connection.verdicts.get(event.of) ?? [], event]);
  } else if (event.kind === 'conn' && event.change === 'Ended') {
    connection.ended = true;
    connection.endedTime = event.t;
    connection.endsWell = event.error === 'None';
  }
}

const retransmissions = new Set([
  'RetransmissionTimeout', 'SynRetransmission', 'SynAnsweredAgain', 'FastRetransmit', 'PartialAckRetransmit',
  'PartialAck', 'WindowReopened', 'LostSegment', 'TailLossProbe', 'PathMtu',
]);
const arrivedAgain = /AlreadyReceived|FinAgain|SynAgain/;

/** True for a segment that carries what was carried before. */
export function isRetransmission(event) {
  if (event.dir === 'in')
    return arrivedAgain.test(event.meaning ?? '');
  if (retransmissions.has(event.reason))
    return event.reason !== 'TailLossProbe' || event.of !== undefined;
  return event.reasons?.some(reason => reason.id === 'FoundLostBy') ?? false;
}

/** True when the link lost the frame of this segment. */
export const isLost = verdicts =>
  verdicts?.some(event => event.verdict === 'Lost' || event.verdict === 'QueueFull') ?? false;

// What the events of one connection add up to: the check-up, the timers, the path through the states. Pure.
//
// A fold has apply(event). Replay runs folds up to any event, forwards step by step, backwards from the start.

import { isRetransmission } from './store.js';

/** Runs a fold over the events of a connection, up to an index. */
export class Replay {
  #make;
  #connection = null;
  #next = 0;

  constructor(make) {
    this.#make = make;
  }

  /** The fold over all kept events below this index. */
  upTo(connection, wanted) {
    const { events } = connection;
    const end = Math.min(wanted, events.end);
    if (connection !== this.#connection || end < this.#next || this.fold.isFull) {
      this.fold = this.#make(connection);
      this.#connection = connection;
      this.#next = events.first;
    }
    for (let index = Math.max(this.#next, events.first); index < end; index++)
      this.fold.apply(events.at(index));
    this.#next = Math.max(end, events.first);
    return this.fold;
  }
}

/** How long each thing has limited the sender, what was retransmitted, and how the connection goes. */
export class CheckUp {
  constructor() {
    this.limits = { None: 0, NoData: 0, PeerWindow: 0, CongestionWindow: 0, SmallSegment: 0, Pacing: 0, MtuProbe: 0 };
    this.retransmissions = 0;
    this.retransmissionsOfLost = 0;
    this.arrivedAgain = 0;
    this.timeouts = 0;
    this.recoveries = 0;
    this.undone = 0;
    this.linkLost = 0;
    this.resets = [];
    this.missed = 0;
    this.bytesOut = 0;
    this.bytesIn = 0;
    this.state = '';
    this.end = null;
    this.linkLostData = 0;
    this.knowsLimits = false;
    this.peerWindow = new Stopwatch();
    this.ownWindow = new Stopwatch();
  }

  get duration() {
    return this.start === undefined ? 0 : this.time - this.start;
  }

  apply(event) {
    if (event.kind === 'gap') {
      this.missed += event.missed;
      return;
    }
    this.#credit(event);
    this.state = event.after ?? event.state ?? this.state;
    switch (event.kind) {
      case 'seg': this.#segment(event); break;
      case 'link': this.#verdict(event); break;
      case 'timer':
        if (event.action === 'Expired' && event.timer === 'Retransmission')
          this.timeouts++;
        break;
      case 'conn': this.end = event.change === 'Ended' ? event : null; break;
    }
  }

  /** Gives the time since the last event to what has limited the sender in it. */
  #credit(event) {
    this.start ??= event.t;
    this.time ??= event.t;
    const passed = Math.max(0, event.t - this.time);
    // The time in which the connection only waits for its end belongs to nothing.
    if (this.limit && this.state !== 'TIME-WAIT')
      this.limits[this.limit] = (this.limits[this.limit] ?? 0) + passed;
    this.time = Math.max(this.time, event.t);
    if (!event.vitals)
      return;
    this.limit = event.vitals.limit ?? 'None';
    // A capture does not say what limited the sender.
    this.knowsLimits ||= event.kind === 'limit' || this.limit !== 'None';
    const isOpen = this.state !== 'TIME-WAIT' && this.state !== 'CLOSED';
    this.peerWindow.set(isOpen && !event.vitals.wnd && (event.vitals.nxt ?? 0) > 1, event.t);
    this.ownWindow.set(isOpen && !event.vitals.rcvWnd && (event.vitals.rcvNxt ?? 0) > 1, event.t);
    const recovery = event.vitals.recovery ?? 'Open';
    if (recovery !== 'Open' && (this.recovery ?? 'Open') === 'Open')
      this.recoveries++;
    this.recovery = recovery;
  }

  #verdict(event) {
    if (event.verdict !== 'Lost' && event.verdict !== 'QueueFull')
      return;
    this.linkLost++;
    if (event.dir === 'in' && event.len > 0)
      this.linkLostData++;
  }

  #segment(event) {
    if (event.dir === 'out')
      this.bytesOut += event.len;
    else
      this.bytesIn += event.len;
    if (isRetransmission(event)) {
      if (event.dir === 'out')
        this.retransmissions++;
      else
        this.arrivedAgain++;
      if (event.reasons?.some(reason => reason.id === 'FrameWasLost'))
        this.retransmissionsOfLost++;
    }
    if (event.meaning?.includes('RecoveryUndone'))
      this.undone++;
    if (event.flags.includes('RST'))
      this.resets.push(event);
    this.resets.splice(0, this.resets.length - 8);
  }

  /** The sentence's parts, as keys of words with their arguments. */
  sentence() {
    if (this.start === undefined)
      return [];
    if (this.resets.at(-1)?.reason === 'ResetNoConnection' && this.bytesOut === 0)
      return [['checkRefused', {}]];
    const receives = this.bytesIn > 4 * this.bytesOut && this.bytesIn > 10_000;
    return receives ? [...this.#receiving(), ...this.#end()] : [...this.#course(), ...this.#trouble(), ...this.#end()];
  }

  /** What counts when the peer sends and we receive: the limits of our sender say nothing then. */
  #receiving() {
    const parts = [['checkReceiving', { size: this.bytesIn, time: this.duration }]];
    const closed = this.ownWindow.at(this.time);
    if (closed > 0)
      parts.push(['checkOwnWindowClosed', { time: closed }]);
    parts.push([this.linkLostData > 0 ? 'checkLostData' : 'checkNoLostData', { count: this.linkLostData }]);
    if (this.arrivedAgain > 0)
      parts.push(['checkArrivedAgain', { count: this.arrivedAgain }]);
    return parts;
  }

  #course() {
    if (this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED')
      return [['checkOpening', { state: this.state, time: this.duration }]];
    if (!this.knowsLimits)
      return [['checkUnknownLimit', { size: this.bytesOut, time: this.duration }]];
    const sum = Object.values(this.limits).reduce((total, time) => total + time, 0);
    const [[limit, time]] = Object.entries(this.limits).sort(([, left], [, right]) => right - left);
    if (sum === 0)
      return [['checkShort', {}]];
    return [[`check${limit}`, { time, total: sum }]];
  }

  #trouble() {
    const parts = [];
    if (this.retransmissions === 0)
      parts.push(['checkNoRetransmission', {}]);
    else
      parts.push([this.#retransmissionKey(), { count: this.retransmissions, lost: this.retransmissionsOfLost }]);
    if (this.undone > 0)
      parts.push(['checkUndone', { count: this.undone }]);
    if (this.timeouts > 0)
      parts.push(['checkTimeouts', { count: this.timeouts }]);
    const closed = this.peerWindow.at(this.time);
    if (closed > 0)
      parts.push(['checkWindowClosed', { time: closed }]);
    return parts;
  }

  #end() {
    const parts = [];
    if (this.resets.length > 0)
      parts.push([this.resets.at(-1).dir === 'out' ? 'checkWeReset' : 'checkPeerReset', {}]);
    else if (this.end && this.end.error !== 'None')
      parts.push(['checkEnded', { error: this.end.reasons?.[0]?.error ?? this.end.error }]);
    if (this.missed > 0)
      parts.push(['checkMissed', { count: this.missed }]);
    return parts;
  }

  #retransmissionKey() {
    if (this.retransmissionsOfLost === 0)
      return 'checkRetransmissions';
    return this.retransmissionsOfLost === this.retransmissions
      ? 'checkRetransmissionsAllLost'
      : 'checkRetransmissionsSomeLost';
  }
}

/** Adds up the time in which something holds. */
class Stopwatch {
  #sum = 0;
  #since = null;

  set(holds, time) {
    if (this.#since !== null && !holds)
      this.#sum += time - this.#since;
    this.#since = holds ? this.#since ?? time : null;
  }

  /** The sum up to a time. */
  at(time) {
    return this.#sum + (this.#since === null ? 0 : time - this.#since);
  }
}

/** The timers that run, and what set them. */
export class Timers {
  constructor() {
    this.timers = new Map();
  }

  apply(event) {
    // Behind a gap nobody knows which timers run.
    if (event.kind === 'gap' || (event.kind === 'conn' && event.change === 'Ended'))
      this.timers.clear();
    if (event.kind !== 'timer')
      return;
    const runs = event.action === 'Set';
    this.timers.set(event.timer, {
      name: event.timer, runs, event, set: event.t, deadline: event.deadline,
      span: Math.max(1, event.deadline - event.t), expired: event.action === 'Expired',
    });
  }
}

/** The states that both ends have been in, and the steps between them. */
export class Walk {
  constructor() {
    this.us = { state: null, steps: new Map() };
    this.peer = { state: null, steps: new Map() };
  }

  apply(event) {
    if (event.kind === 'gap')
      return;
    if (event.kind === 'state')
      step(this.us, event.fromState, event.toState, event.n);
    else if (event.kind === 'seg')
      step(this.us, event.before, event.after, event.n);
    else if (event.kind === 'conn' && event.change === 'ActiveOpen')
      step(this.us, 'CLOSED', event.state, event.n);
    else
      this.us.state = event.state ?? this.us.state;
    if (event.peerState) {
      // The first state that is seen is where the walk begins: nothing is known before it.
      step(this.peer, this.peer.state ?? opening(event.peerState), event.peerState, event.n);
    }
  }
}

function step(end, from, to, number) {
  if (from !== to)
    end.steps.set(`${from}>${to}`, number);
  end.state = to;
}

/** Where an end comes from that is first seen in this state. */
const opening = state => ({ 'SYN-SENT': 'CLOSED', 'SYN-RECEIVED': 'LISTEN' })[state] ?? state;

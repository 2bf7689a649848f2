// The check-up in one sentence, and what screen readers hear: the check-up now and then, states when they change.

import { app, shownEnd, shownEvent, view } from './app.js';
import { byId, say } from './dom.js';
import { CheckUp, Replay } from './folds.js';
import { t } from './words.js';

const replay = new Replay(() => new CheckUp());
const heard = byId('announce');
const pauseBetween = 10_000;
let lastHeard = -Infinity;
let lastKeys = '';
let lastStates = '';

/** Starts the check-up; it is always drawn. */
export function startCheckUp() {
  view(null, draw);
}

function draw(milliseconds) {
  const { connection } = app;
  if (!connection || connection.events.length === 0) {
    say(byId('checkup-name'), connection?.name ?? '');
    say(byId('checkup-words'), connection ? t('checkQuiet') : t('checkNothing'));
    return;
  }
  const parts = replay.upTo(connection, shownEnd()).sentence();
  const words = parts.map(([key, values]) => t(key, values)).join(' ');
  say(byId('checkup-name'), connection.name);
  say(byId('checkup-words'), words);
  drawShares(replay.fold.knowsLimits ? replay.fold.limits : {});
  hear(connection, parts, words, milliseconds);
}

/** The shares of what limited the sender, as one thin bar. */
function drawShares(limits) {
  const bar = byId('checkup-bar');
  const sum = Object.values(limits).reduce((total, time) => total + time, 0);
  for (const part of bar.children) {
    const share = sum > 0 ? (limits[part.dataset.limit] ?? 0) / sum : 0;
    part.style.flexGrow = String(share);
    part.hidden = share === 0;
    const words = `${t(`limit${part.dataset.limit}`)} ${Math.round(share * 100)}%`;
    if (part.title !== words)
      part.title = words;
  }
}

function hear(connection, parts, words, milliseconds) {
  const event = shownEvent();
  const states = `${event?.after ?? event?.state ?? connection.state} ${event?.peerState ?? ''} ${connection.key}`;
  const keys = `${connection.key} ${parts.map(([key]) => key).join(' ')}`;
  if (states !== lastStates) {
    lastStates = states;
    const [us, peer] = states.split(' ');
    say(heard, t('stateNow', { us, peer: peer || t('unknown') }));
  } else if (keys !== lastKeys && milliseconds - lastHeard > pauseBetween) {
    lastKeys = keys;
    lastHeard = milliseconds;
    say(heard, words);
  }
}

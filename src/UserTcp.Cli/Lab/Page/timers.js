// The timers of the connection as bars that shrink, with what set them.

import { app, hover, invalidate, select, shownEnd, shownTime, view } from './app.js';
import { byId, h, keyed, say, set } from './dom.js';
import { span } from './format.js';
import { Replay, Timers } from './folds.js';
import { sentenceOf } from './reasons.js';
import { has, t } from './words.js';

const replay = new Replay(() => new Timers());
const list = byId('timers-list');
const calm = matchMedia('(prefers-reduced-motion: reduce)');
let lastDrawn = 0;
let next = 0;

/** Starts the panel. */
export function startTimers() {
  view(byId('panel-timers'), draw);
}

function draw(milliseconds) {
  const running = app.connection
    ? [...replay.upTo(app.connection, shownEnd()).timers.values()].filter(timer => timer.runs)
    : [];
  byId('timers-none').hidden = running.length > 0;
  const isLive = app.at === null && app.source === 'live';
  if (isLive && running.length > 0)
    schedule();
  if (calm.matches && isLive && milliseconds - lastDrawn < 900)
    return;
  lastDrawn = milliseconds;
  const now = shownTime();
  keyed(list, running.sort((left, right) => left.deadline - right.deadline), timer => timer.name, make,
    (item, timer) => update(item, timer, now));
}

/** One more frame soon, since the bars shrink by themselves. */
function schedule() {
  clearTimeout(next);
  next = setTimeout(invalidate, calm.matches ? 1000 : 50);
}

function make() {
  return h('li.timer', {},
    h('span.timer-name'), h('span.timer-left.mono'),
    h('span.track', { ariaHidden: 'true' }, h('span.bar')),
    h('button.timer-by.link', {
      type: 'button', onclick: event => select(Number(event.currentTarget.dataset.n)),
      onpointerenter: event => hover(Number(event.currentTarget.dataset.n)), onpointerleave: () => hover(null),
    }));
}

function update(item, timer, now) {
  const [name, left, track, by] = item.children;
  const rest = timer.deadline - now;
  const share = Math.max(0, Math.min(1, rest / timer.span));
  say(name, nameOf(timer.name));
  say(left, rest > 0 ? t('timerLeft', { span: rest }) : t('timerDue'));
  track.firstElementChild.style.transform = `scaleX(${share})`;
  say(by, sentenceOf(timer.event));
  set(by, 'data-n', timer.event.n);
  set(by, 'aria-label', `${t('timerSetBy', { n: String(timer.event.n) })}: ${sentenceOf(timer.event)}`);
  set(track, 'title', span(timer.span));
}

/** The name of a timer in the language of the page. */
export const nameOf = timer => has(`timer${timer}`) ? t(`timer${timer}`) : timer;

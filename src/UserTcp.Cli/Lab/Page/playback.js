// Pause, step, and the slider over the events kept.

import { app, invalidate, moveTo, on, shownEnd, view } from './app.js';
import { byId, say, set } from './dom.js';
import { follow, stepRow } from './ladder.js';
import { t } from './words.js';

const slider = byId('play-slider');
const pause = byId('play-pause');

/** Starts the controls. */
export function startPlayback() {
  view(byId('panel-ladder'), draw);
  pause.addEventListener('click', toggle);
  byId('play-back').addEventListener('click', () => stepRow(-1));
  byId('play-forward').addEventListener('click', () => stepRow(1));
  byId('play-end').addEventListener('click', follow);
  byId('play-first').addEventListener('click', () => app.connection && moveTo(app.connection.events.first));
  slider.addEventListener('input', () => moveTo(Number(slider.value)));
  on('moved', invalidate);
}

/** Stands still at the last event, or follows the end again. */
export function toggle() {
  if (app.at !== null)
    follow();
  else if (app.connection)
    moveTo(app.connection.events.end - 1);
}

function draw() {
  const events = app.connection?.events;
  const isEmpty = !events || events.length === 0;
  for (const name of ['play-pause', 'play-back', 'play-forward', 'play-first', 'play-end', 'play-slider'])
    byId(name).disabled = isEmpty;
  say(pause, t(app.at === null ? 'pause' : 'resume'));
  set(pause, 'aria-pressed', app.at === null ? 'false' : 'true');
  if (isEmpty)
    return;
  set(slider, 'min', events.first);
  set(slider, 'max', events.end - 1);
  const value = String(shownEnd() - 1);
  if (slider.value !== value)
    slider.value = value;
  const words = t('positionOf', { count: shownEnd() - events.first, of: events.length });
  say(byId('play-words'), words);
  set(slider, 'aria-valuetext', words);
}

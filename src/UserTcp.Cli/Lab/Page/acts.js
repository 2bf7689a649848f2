// What can be done to the connection in the ladder: to one that this lab has made; of others the page says why not.

import { app, on, view } from './app.js';
import { byId, h, say } from './dom.js';
import { act, actions, readRows, trafficOf } from './traffic.js';
import { t } from './words.js';

const box = byId('acts');
const words = byId('acts-none');
const buttons = new Map();

/** Starts the buttons. */
export function startActs() {
  for (const action of actions) {
    buttons.set(action, h('button.small', {
      type: 'button', id: `act-${action}`, onclick: () => act(trafficOf(app.connection).id, action, app.connection),
    }));
  }
  box.append(...buttons.values());
  on('language', name);
  view(byId('panel-ladder'), draw);
  name();
}

function name() {
  for (const [action, button] of buttons)
    say(button, t(`action_${action}`));
}

function draw(milliseconds) {
  const { connection } = app;
  if (connection && !connection.ended && app.source === 'live')
    readRows(milliseconds);
  const reason = connection ? reasonAgainst(connection) : '';
  box.hidden = !connection || reason !== '';
  words.hidden = !reason;
  say(words, reason ? t(reason) : '');
}

/** The key of the sentence that says why nothing can be done to it; empty when something can. */
function reasonAgainst(connection) {
  if (app.source !== 'live')
    return 'actsNotLive';
  if (connection.ended)
    return 'actsEnded';
  if (!app.lab?.canMakeTraffic)
    return 'actsNoTraffic';
  const row = trafficOf(connection);
  if (!row)
    return 'actsNotOurs';
  return row.state === 'running' ? '' : 'actsEnded';
}

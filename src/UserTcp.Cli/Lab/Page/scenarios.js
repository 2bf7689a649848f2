// Opens scenarios, and makes the link of the one that is on the page: the impairment, the traffic, and the place.

import { app, choose, invalidate, moveTo, on, shownEnd, view } from './app.js';
import { impairmentParts, setImpairment } from './breaking.js';
import { byId, copy, say, set } from './dom.js';
import { notify } from './notes.js';
import { write } from './scenario.js';
import { begin, connectionOf, lastStarted, rowOf } from './traffic.js';
import { t } from './words.js';

let waiting = null;

/** Starts the line with the link. */
export function startScenarios() {
  view(byId('panel-traffic'), draw);
  byId('scenario-copy').addEventListener('click', async () => {
    if (await copy(byId('scenario-link').href))
      notify(t('copied'));
  });
  on('event', stopAtStep);
}

/** Runs a scenario: sets the impairment, starts the traffic, and stands still at the step. */
export async function runScenario(scenario) {
  const isImpaired = ['impair', 'from-stack', 'to-stack'].some(name => scenario[name] !== undefined);
  if (isImpaired && app.lab?.canBreak)
    await setImpairment(scenario);
  if (scenario.traffic && app.lab?.canMakeTraffic) {
    const before = new Set(app.live.ordered);
    const row = await begin(scenario.traffic, scenario.role ?? 'kernel', Number(scenario.bytes) || 1 << 20);
    const step = Number(scenario.step);
    if (row && step > 0) {
      waiting = { before, row, step };
      notify(t('scenarioRuns', { step }));
      stopAtStep();
    }
  }
  invalidate();
}

/** Stands still as soon as the connection of the scenario has enough events. */
function stopAtStep() {
  if (!waiting)
    return;
  const connection = connectionOf(rowOf(waiting.row.id) ?? waiting.row)
    ?? app.live.ordered.find(other => !waiting.before.has(other));
  if (!connection || connection.events.end < waiting.step)
    return;
  const { step } = waiting;
  waiting = null;
  choose(connection, true);
  moveTo(step - 1);
  notify(t('scenarioStands', { step }));
}

function draw() {
  const link = byId('scenario-link');
  const scenario = { ...impairmentParts(), ...lastStarted };
  if (app.at !== null && app.connection)
    scenario.step = shownEnd();
  const fragment = write(scenario);
  set(link, 'href', fragment);
  say(link, fragment);
}

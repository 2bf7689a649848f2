// What the lab keeps: the capture of what was seen, and the recording, to save and to replay without one of its losses.

import { ask, get } from './api.js';
import { app, choose, emit, on, show, view } from './app.js';
import { hideBanner, showBanner } from './banner.js';
import { byId, copy, download, h, say } from './dom.js';
import { notify } from './notes.js';
import { Store } from './store.js';
import { LineQueue, readInto } from './stream.js';
import { t } from './words.js';

const askInterval = 3000;
const recording = byId('save-recording');
let asked = -Infinity;
let kept = null;

/** Starts the buttons, and the line that says what is kept. */
export function startSaving() {
  byId('save-capture').addEventListener('click', () => save('capture.pcapng'));
  recording.addEventListener('click', () => save('recording.utr'));
  on('lab', () => { asked = -Infinity; });
  on('language', drawKept);
  view(byId('panel-ladder'), draw);
}

function draw(milliseconds) {
  if (milliseconds - asked < askInterval || app.link !== 'connected')
    return;
  asked = milliseconds;
  get('/api/kept').then(answer => {
    kept = answer;
    drawKept();
  }, () => {
    // The stream says that the lab is lost.
  });
}

function drawKept() {
  if (!kept)
    return;
  recording.disabled = !kept.hasRecording;
  say(byId('kept-words'), [
    t('keptFrames', { count: kept.frames, size: kept.maxFrameBytes }),
    kept.droppedFrames > 0 ? t('keptGone', { count: kept.droppedFrames }) : '',
    kept.hasRecording ? '' : t(kept.hasEnded ? 'keptEnded' : 'keptNone', { size: kept.maxRecordingBytes }),
  ].filter(words => words).join(' '));
}

async function save(name) {
  try {
    const response = await ask(`/api/${name}`);
    download(`usertcp-lab.${name.split('.')[1]}`, 'application/octet-stream', await response.blob());
  } catch (error) {
    notify(t('problem', { error: error.message }), true);
  }
}

/** True when the lab can replay without what this event says: a loss by the link, in a stack that is recorded. */
export const canReplay = (event, verdicts) => app.source === 'live' && (kept?.hasRecording || kept?.hasEnded)
  && (isLoss(event) || verdicts.some(isLoss));

const isLoss = ({ kind, verdict }) => kind === 'link' && (verdict === 'Lost' || verdict === 'QueueFull');

/** Shows the connection of a loss as if the frame had not been lost. */
export async function replayWithout(event, verdicts) {
  const lost = isLoss(event) ? event : verdicts.find(isLoss);
  showBanner(() => t('replayRuns', { n: String(lost.n) }));
  const store = new Store();
  store.speak(app.language);
  const lines = [];
  try {
    const response = await ask(`/api/replay?without=${lost.n}&lang=${app.language}`, { method: 'POST' });
    const queue = new LineQueue();
    await readInto(queue, response, () => queue.take(line => lines.push(line), 50));
    queue.take(line => lines.push(line), 5000);
    queue.finish(line => lines.push(line));
  } catch (error) {
    hideBanner();
    notify(t('problem', { error: error.message }), true);
    return;
  }
  const head = lines.shift();
  const totals = lines.at(-1)?.without ? lines.pop() : null;
  for (const line of lines)
    store.add(line);
  const { connection } = app;
  show(store, 'file');
  if (store.ordered.length > 0)
    choose(store.ordered[0], true);
  emit('event');
  showBanner(() => t('replayShown', { n: String(head.verdict) }), () => backTo(connection), () =>
    explanation(head, totals));
  byId('ladder-list').focus();
}

function explanation(head, totals) {
  const command = h('code', {}, head.command);
  return h('div.replayed', {},
    totals ? h('p', {}, `${t('replayRecorded')} ${inWords(totals.recorded)}; ${t('replayWithout')} `
      + `${inWords(totals.without)}.`) : null,
    h('p.soft', {}, t(head.outbound ? 'replayModelOut' : 'replayModelIn')),
    h('p.command-line', {}, command, h('button.small', {
      type: 'button', onclick: async () => await copy(command.textContent) && notify(t('copied')),
    }, t('copy'))));
}

function inWords(totals) {
  const parts = [t('replayTotals', { count: totals.retransmissions, cuts: totals.cuts })];
  for (const [key, value] of [['replayAcked', totals.acknowledgedAfter], ['replayReceived', totals.receivedAfter]]) {
    if (value !== null)
      parts.push(t(key, { time: value * 1e6 }));
  }
  if (totals.misfit !== null)
    parts.push(t('replayMisfit', { n: String(totals.misfit) }));
  return parts.join(', ');
}

function backTo(connection) {
  hideBanner();
  show(app.live, 'live');
  if (connection)
    choose(connection, true);
  emit('back');
}

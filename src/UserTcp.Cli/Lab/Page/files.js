// Files: captures and recordings that the lab explains, and what the page saves.

import { ask } from './api.js';
import { app, emit, show, shownEnd } from './app.js';
import { hideBanner, showBanner } from './banner.js';
import { chooseNewest } from './connections.js';
import { byId, download } from './dom.js';
import { notify } from './notes.js';
import { Store } from './store.js';
import { LineQueue, readInto } from './stream.js';
import { t } from './words.js';

const maxSize = 64 << 20;

/** Starts dropping, choosing and saving. */
export function startFiles() {
  byId('files-choose').addEventListener('click', () => byId('files-input').click());
  byId('files-input').addEventListener('change', event => {
    if (event.target.files.length > 0)
      explain(event.target.files[0]);
    event.target.value = '';
  });
  startDropping();
  byId('save-ladder').addEventListener('click', () => savePicture('ladder', byId('ladder-list').clientWidth));
  byId('save-plot').addEventListener('click', () => savePicture('plot', byId('plot-canvas').clientWidth));
  byId('save-events').addEventListener('click', saveEvents);
}

function startDropping() {
  const target = byId('drop');
  const hasFile = event => event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', event => {
    if (hasFile(event)) {
      event.preventDefault();
      target.hidden = false;
    }
  });
  document.addEventListener('dragleave', event => {
    if (!event.relatedTarget)
      target.hidden = true;
  });
  document.addEventListener('drop', event => {
    target.hidden = true;
    if (!hasFile(event))
      return;
    event.preventDefault();
    if (event.dataTransfer.files.length > 0)
      explain(event.dataTransfer.files[0]);
  });
}

/** Lets the lab explain a file, and shows it. */
export async function explain(file) {
  if (file.size > maxSize) {
    notify(t('fileTooBig', { name: file.name }), true);
    return;
  }
  const store = new Store();
  store.speak(app.language);
  showBanner(() => t('fileReading', { name: file.name }));
  try {
    const response = await ask(`/api/explain?lang=${app.language}`, {
      method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' },
    });
    await fill(store, response);
  } catch (error) {
    notify(t('problem', { error: error.message }), true);
    return showAgain();
  }
  if (store.ordered.length === 0) {
    notify(t('fileEmpty', { name: file.name }), true);
    return showAgain();
  }
  show(store, 'file');
  chooseNewest();
  showBanner(() => t('fileShown', { name: file.name }), showAgain);
  byId('ladder-list').focus();
}

async function fill(store, response) {
  const queue = new LineQueue();
  const events = [];
  const use = event => events.push(event);
  await readInto(queue, response, () => queue.take(use, 100));
  while (queue.waits) {
    queue.take(use, 50);
    await new Promise(done => setTimeout(done));
  }
  queue.finish(use);
  for (const event of inOrder(events))
    store.add(event);
}

/** The lab gives one conversation after the other. Where each counts from 1, the later ones count on. */
function inOrder(events) {
  const numbers = events.map(event => event.n).filter(n => n !== undefined);
  if (new Set(numbers).size === numbers.length)
    return events.sort((left, right) => (left.n ?? 0) - (right.n ?? 0));
  let [last, offset, end] = [0, 0, 0];
  return events.map(event => {
    if (event.n <= last)
      offset = end;
    last = event.n ?? last;
    end = Math.max(end, last + offset);
    return shifted(event, offset);
  });
}

function shifted(event, offset) {
  const result = { ...event };
  for (const name of ['n', 'because', 'of']) {
    if (event[name] !== undefined)
      result[name] = event[name] + offset;
  }
  return result;
}

function showAgain() {
  hideBanner();
  if (app.store !== app.live)
    show(app.live, 'live');
  emit('back');
}

/** The kept events of the connection up to where the views stand, a JSON object a line. */
function eventsOfConnection() {
  const { events } = app.connection;
  const lines = [];
  for (let index = events.first; index < shownEnd(); index++)
    lines.push(lineOf(events.at(index)));
  return `${lines.join('\n')}\n`;
}

/** Gaps that the page has found have no number of their own. */
const lineOf = event => JSON.stringify(event.kind === 'gap' ? { ...event, n: Math.floor(event.n) } : event);

function saveEvents() {
  if (app.connection)
    download(`${fileName()}.ndjson`, 'application/x-ndjson', eventsOfConnection());
}

async function savePicture(kind, width) {
  if (!app.connection)
    return;
  const isDark = document.documentElement.dataset.dark === 'true';
  const query = `width=${Math.max(600, Math.round(width))}&lang=${app.language}&dark=${isDark}`
    + `&direction=${byId('plot-direction').value}`;
  try {
    const response = await ask(`/api/${kind}.svg?${query}`, {
      method: 'POST', body: eventsOfConnection(), headers: { 'Content-Type': 'application/x-ndjson' },
    });
    download(`${fileName()}-${kind}.svg`, 'image/svg+xml', await response.text());
  } catch (error) {
    notify(t('problem', { error: error.message }), true);
  }
}

const fileName = () => `usertcp-${app.connection.local}-${app.connection.peer}`.replace(/[^\w.-]+/g, '_');

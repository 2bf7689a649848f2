// Lessons: words, a question to answer before one sees, the events in the ladder, and claims with their ticks.

import { ask, get } from './api.js';
import { app, emit, invalidate, on, show } from './app.js';
import { hideBanner, showBanner } from './banner.js';
import { chooseNewest } from './connections.js';
import { byId, h, keyed, say } from './dom.js';
import { notify } from './notes.js';
import { Store } from './store.js';
import { LineQueue, readInto } from './stream.js';
import { t } from './words.js';

const list = byId('lessons-list');
const page = byId('lesson');
let lessons = [];
let reading = Promise.resolve();
let current = null;

/** Starts the panel. */
export function startLessons() {
  for (const name of ['lab', 'language'])
    on(name, () => { reading = read(); });
  on('store', () => app.source !== 'lesson' && stop());
  byId('lesson-leave').addEventListener('click', leave);
}

async function read() {
  if (!app.lab)
    return;
  try {
    lessons = await get(`/api/lessons?lang=${app.language}`);
  } catch {
    lessons = [];
  }
  byId('lessons-none').hidden = lessons.length > 0;
  list.replaceChildren();
  list.keyedChildren = undefined;
  keyed(list, lessons, lesson => lesson.name, make, () => {});
}

function make(lesson) {
  return h('li.lesson-item', {},
    h('button', { type: 'button', onclick: () => run(lesson), ariaLabel: `${t('run')}: ${lesson.title}` }, t('run')),
    h('div', {}, h('b', {}, lesson.title), h('span.soft', {}, ` ${t('claims', { count: lesson.claims })}`)));
}

/** Runs the lesson with this name, if there is one, as soon as the list of lessons is here. */
export async function runLesson(name) {
  await reading;
  const lesson = lessons.find(other => other.name === name);
  if (lesson)
    run(lesson);
}

async function run(lesson) {
  stop();
  const run = { lesson, store: new Store(), items: [], asks: false, abort: new AbortController() };
  run.store.speak(app.language);
  current = run;
  show(run.store, 'lesson');
  showBanner(t('lessonShown', { name: lesson.title }), leave);
  say(byId('lesson-title'), lesson.title);
  byId('lesson-steps').replaceChildren();
  page.hidden = false;
  page.scrollIntoView({ block: 'nearest' });
  byId('lesson-steps').focus();
  try {
    const path = `/api/lessons/${encodeURIComponent(lesson.name)}?lang=${app.language}`;
    const response = await ask(path, { method: 'POST', signal: run.abort.signal });
    const queue = new LineQueue();
    await readInto(queue, response, () => queue.take(item => accept(run, item), 50));
    queue.take(item => accept(run, item), 1000);
    queue.finish(item => accept(run, item));
  } catch (error) {
    if (error.name !== 'AbortError')
      notify(t('problem', { error: error.message }), true);
  }
}

/** What stands behind a question waits until it is answered. */
function accept(run, item) {
  if (run !== current)
    return;
  if (run.asks)
    run.items.push(item);
  else
    use(run, item);
}

function use(run, item) {
  const steps = byId('lesson-steps');
  switch (item.item) {
    case 'paragraph': steps.append(h('p', {}, inWords(item))); break;
    case 'ask':
      run.asks = true;
      steps.append(question(run, item));
      break;
    case 'events': steps.append(ladder(run, item)); break;
    case 'table': steps.append(table(item)); break;
    case 'claim':
      steps.append(h(`p.claim.${item.holds ? 'holds' : 'fails'}`, {},
        h('b', {}, `${item.holds ? '✓' : '✗'} ${t(item.holds ? 'holds' : 'fails')}: `), inWords(item),
        h('span.soft', {}, ` ${inWords(item.seen)}`)));
      break;
    case 'end': steps.append(h('p.end', {}, h('b', {}, ending(item)))); break;
  }
  steps.scrollTop = steps.scrollHeight;
  invalidate();
}

/** The words of the page's language. */
const inWords = words => app.language === 'ko' ? words.ko : words.en;

function ending(item) {
  return item.problem ? t('problem', { error: item.problem })
    : t(item.held === item.claims ? 'passed' : 'notPassed');
}

/** What one run has recorded: it stands in all views, and its button brings it back. */
function ladder(run, item) {
  const store = new Store();
  store.speak(app.language);
  for (const event of item.events)
    store.add(event, performance.now());
  view(run, store);
  return h('p', {}, h('button', { type: 'button', onclick: () => view(run, store) }, t('showRun')),
    ` ${inWords(item.caption ?? item)}`);
}

function view(run, store) {
  run.store = store;
  show(store, 'lesson');
  chooseNewest();
  emit('event');
}

function table(item) {
  return h('table', {}, h('caption', {}, inWords(item.caption ?? item)),
    h('thead', {}, h('tr', {}, item.heading.map(cell => h('th', { scope: 'col' }, inWords(cell))))),
    h('tbody', {}, item.rows.map(row => h('tr', {}, row.map(cell => h('td', {}, inWords(cell)))))));
}

/** A question with numbered choices: the number's key, or a click, answers. */
function question(run, item) {
  const buttons = item.answers.map((choice, place) => h('button', {
    type: 'button', onclick: () => answer(place),
  }, h('kbd', {}, String(place + 1)), ` ${inWords(choice)}`));
  const says = h('p.answer', { role: 'status' });
  const box = h('fieldset.question', { onkeydown: event => {
    const place = Number(event.key) - 1;
    if (place >= 0 && place < buttons.length && run.asks) {
      event.preventDefault();
      event.stopPropagation();
      answer(place);
    }
  } }, h('legend', {}, inWords(item)), buttons, says);
  requestAnimationFrame(() => buttons[0]?.focus());
  return box;

  function answer(place) {
    if (box.dataset.answered)
      return;
    box.dataset.answered = 'yes';
    buttons.forEach((button, other) => {
      button.disabled = true;
      button.classList.toggle('right', other === item.right - 1);
    });
    const isRight = place === item.right - 1;
    const verdict = isRight ? t('right') : t('wrong', { answer: inWords(item.answers[item.right - 1]) });
    says.textContent = `${verdict} ${inWords(item.because)}`;
    run.asks = false;
    const waiting = run.items.splice(0);
    waiting.forEach(other => accept(run, other));
    byId('lesson-steps').focus();
  }
}

function stop() {
  current?.abort.abort();
  current = null;
  page.hidden = true;
}

function leave() {
  stop();
  hideBanner();
  show(app.live, 'live');
}

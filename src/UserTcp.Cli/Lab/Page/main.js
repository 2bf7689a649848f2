// Starts the page: the token, the language and the theme; then the lab, its tables and its stream of events.

import { startActs } from './acts.js';
import { ask, get, keepToken, token } from './api.js';
import { app, emit, invalidate, on, show, view } from './app.js';
import { startBreaking } from './breaking.js';
import { startCheckUp } from './checkup.js';
import { chooseNewest, startConnections } from './connections.js';
import { startCounters } from './counters.js';
import { startDetails } from './details.js';
import { byId, say, set } from './dom.js';
import { startFiles } from './files.js';
import { startKeys } from './keys.js';
import { startLadder } from './ladder.js';
import { runLesson, startLessons } from './lessons.js';
import { startPlayback } from './playback.js';
import { startPlot } from './plot.js';
import { read } from './scenario.js';
import { startSaving } from './saving.js';
import { runScenario, startScenarios } from './scenarios.js';
import { startSequence } from './sequence.js';
import { startStates } from './states.js';
import { backoff, LineQueue, readInto } from './stream.js';
import { startTimers } from './timers.js';
import { startTraffic } from './traffic.js';
import { languages, speak, t, translate } from './words.js';

const parseBudget = 8;
/** Milliseconds: two streams at once when the language changes, and silence that means a lost lab. */
const overlap = 300;
const silence = 6000;
const dark = matchMedia('(prefers-color-scheme: dark)');
let queue = new LineQueue();
let abort = null;
let attempt = 0;
let retryTimer = 0;
let watch = 0;
let scenario = null;
let process = null;

start();

function start() {
  takeFragment();
  startLook();
  // First, so that the views draw what has just arrived.
  view(null, takeEvents, true);
  for (const startPart of [
    startConnections, startLadder, startActs, startPlayback, startDetails, startSequence, startPlot, startStates,
    startTimers, startCounters, startBreaking, startTraffic, startScenarios, startLessons, startFiles, startSaving,
    startKeys, startCheckUp,
  ])
    startPart();
  startFolds();
  byId('gate-form').addEventListener('submit', event => {
    event.preventDefault();
    keepToken(byId('gate-token').value);
    byId('gate-token').value = '';
    connect();
  });
  window.addEventListener('hashchange', () => {
    takeFragment();
    if (app.link === 'connected')
      runWaiting();
    else
      connect();
  });
  on('moved', drawLink);
  on('store', drawLink);
  connect();
}

/** Takes the token and the scenario out of the address bar. */
function takeFragment() {
  // The link that skips to the ladder has a fragment too.
  if (document.getElementById(location.hash.slice(1)))
    return;
  const found = read(location.hash);
  if (found.token)
    keepToken(found.token);
  scenario = found.scenario ?? scenario;
  if (location.hash)
    history.replaceState(null, '', location.pathname + location.search);
}

// Language, theme, folds

function startLook() {
  const wanted = localStorage.getItem('usertcp-language') ?? navigator.language.slice(0, 2);
  app.language = languages.includes(wanted) ? wanted : 'en';
  byId('language').value = app.language;
  byId('language').addEventListener('change', event => setLanguage(event.target.value));
  byId('theme').value = localStorage.getItem('usertcp-theme') ?? 'auto';
  byId('theme').addEventListener('change', event => {
    localStorage.setItem('usertcp-theme', event.target.value);
    drawTheme();
  });
  dark.addEventListener('change', drawTheme);
  drawLanguage();
  drawTheme();
}

function setLanguage(language) {
  app.language = language;
  localStorage.setItem('usertcp-language', language);
  drawLanguage();
  emit('language');
  // The sentences of the events to come are in the new language.
  if (app.link !== 'waiting' && token)
    connect();
}

function drawLanguage() {
  speak(app.language);
  document.documentElement.lang = app.language;
  document.title = t('title');
  translate(document);
  drawLink();
}

function drawTheme() {
  const wanted = byId('theme').value;
  const isDark = wanted === 'dark' || (wanted === 'auto' && dark.matches);
  document.documentElement.dataset.dark = String(isDark);
  emit('theme');
}

/** Headings open and close their panels; what is closed is not drawn. */
function startFolds() {
  const closed = new Set(JSON.parse(localStorage.getItem('usertcp-closed') ?? '[]'));
  for (const button of document.querySelectorAll('.fold')) {
    const panel = button.closest('.panel');
    const setClosed = isClosed => {
      panel.classList.toggle('closed', isClosed);
      set(button, 'aria-expanded', String(!isClosed));
      invalidate();
    };
    setClosed(closed.has(panel.id));
    button.addEventListener('click', () => {
      setClosed(!panel.classList.contains('closed'));
      closed[panel.classList.contains('closed') ? 'add' : 'delete'](panel.id);
      localStorage.setItem('usertcp-closed', JSON.stringify([...closed]));
    });
  }
}

// The lab

/** Connects to the lab, again if need be; the gate shows when there is no token, or a wrong one. */
async function connect() {
  clearTimeout(retryTimer);
  clearInterval(watch);
  const last = abort;
  abort = null;
  if (!token)
    return showGate('strangers');
  const own = new AbortController();
  abort = own;
  try {
    if (app.link !== 'connected')
      setLink('waiting');
    const lab = await get('/api/lab');
    if (own.signal.aborted)
      return;
    await welcome(lab);
    const response = await ask(`/api/events?lang=${app.language}`, { signal: own.signal });
    attempt = 0;
    const lines = new LineQueue();
    takeOver(lines, last, own);
    setLink('connected');
    runWaiting();
    let heard = performance.now();
    watch = setInterval(() => performance.now() - heard > silence && loseSight(own), 1000);
    await readInto(lines, response, () => {
      heard = performance.now();
      invalidate();
    });
    throw new Error(t('unreachable'));
  } catch (error) {
    if (own.signal.aborted || own !== abort)
      return;
    if (error.status === 401 || error.status === 403)
      showGate('strangersAgain');
    else
      retry();
  }
}

/** The new stream follows the old one, which still gives what it has: nothing is lost between them. */
function takeOver(lines, last, own) {
  setTimeout(() => {
    last?.abort();
    if (own.signal.aborted)
      return;
    queue.take(event => app.live.add(event, performance.now()), 1000);
    queue = lines;
    app.live.speak(app.language);
    invalidate();
  }, last ? overlap : 0);
}

/** The lab says that it is alive each second: silence means that it is out of reach. */
function loseSight(own) {
  own.abort();
  retry();
}

/** Shows what the lab says of itself, and reads its tables. A lab that has started anew begins with nothing. */
async function welcome(lab) {
  byId('gate').hidden = true;
  byId('main').hidden = false;
  if (process !== null && process !== lab.pid) {
    app.live.clear();
    if (app.source === 'live')
      show(app.live, 'live');
  }
  process = lab.pid;
  app.lab = lab;
  const [reasons, transitions] = await Promise.all([
    get('/api/reasons').catch(() => []), get('/api/transitions').catch(() => []),
  ]);
  app.reasons = new Map(reasons.map(reason => [reason.id, reason]));
  app.transitions = transitions;
  emit('lab');
  drawLink();
}

function retry() {
  clearInterval(watch);
  app.live.interrupt();
  const pause = backoff(attempt++);
  setLink('lost', Math.ceil(pause / 1000));
  retryTimer = setTimeout(connect, pause);
}

function showGate(key) {
  byId('gate').hidden = false;
  setLink('lost', 0);
  byId('main').hidden = true;
  byId('gate-words').dataset.t = key;
  translate(byId('gate'));
  byId('gate-token').focus();
}

function setLink(link, count) {
  app.link = link;
  app.retryIn = count;
  app.live.isLive = link === 'connected';
  drawLink();
  invalidate();
}

function drawLink() {
  const element = byId('link');
  const shown = app.link !== 'connected' ? app.link : app.source !== 'live' ? app.source
    : app.at !== null ? 'paused' : 'connected';
  set(element, 'class', `link-state ${shown}`);
  const key = { connected: 'linkConnected', waiting: 'linkWaiting', paused: 'linkPaused', lost: 'linkLost',
    file: 'linkFile', lesson: 'linkLesson' }[shown];
  say(element, byId('gate').hidden ? t(key, { count: app.retryIn ?? 0 }) : '');
  const { lab } = app;
  say(byId('device'), lab
    ? t('device', {
      ...lab, addresses: lab.addresses.join(', '), pid: String(lab.pid), version: lab.version.split('+')[0],
    })
    : '');
}

function runWaiting() {
  const wanted = scenario;
  scenario = null;
  if (!wanted)
    return;
  if (wanted.lesson)
    runLesson(wanted.lesson);
  else
    runScenario(wanted);
}

/** Parses what has arrived, for a part of each frame; more than that waits, and too much becomes a gap. */
function takeEvents() {
  const now = performance.now();
  const count = queue.take(event => app.live.add(event, now), parseBudget);
  if (count > 0) {
    if (app.source === 'live')
      chooseNewest();
    emit('event');
  }
  if (queue.waits)
    invalidate();
}

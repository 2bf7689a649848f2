// Keys: shortcuts of the page, their list under '?', and the roving focus of lists.

import { app, hover, select } from './app.js';
import { byId, h } from './dom.js';
import { stepRow } from './ladder.js';
import { toggle } from './playback.js';
import { causeOf } from './why.js';
import { t } from './words.js';

const shortcuts = [
  ['Space', 'keyPause'], ['[  ]', 'keyStep'], ['↑ ↓ Home End PgUp PgDn', 'keyMove'], ['Enter', 'keyEnter'],
  ['w', 'keyWhy'], ['l', 'keyLadder'], ['c', 'keyConnections'], ['p', 'keyPlot'], ['b', 'keyBreak'],
  ['Esc', 'keyEscape'], ['?', 'keyHelp'],
];

/** Starts the shortcuts. */
export function startKeys() {
  document.addEventListener('keydown', onKey);
  byId('help-open').addEventListener('click', openHelp);
  byId('help-close').addEventListener('click', () => byId('help').close());
}

/**
 * Lets arrows move the focus between the options of a list, of which one is in the tab order. Enter, Space or a click
 * activates.
 */
export function roving(list, activate) {
  const itemOf = target => target.closest('[role=option]');
  list.addEventListener('click', event => {
    const item = itemOf(event.target);
    if (item) {
      focus(list, item);
      activate(item);
    }
  });
  list.addEventListener('keydown', event => {
    const item = itemOf(event.target);
    if (!item)
      return;
    const items = [...list.querySelectorAll('[role=option]')];
    const place = items.indexOf(item);
    const moves = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      focus(list, items[Math.max(0, Math.min(moves[event.key], items.length - 1))]);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      event.stopPropagation();
      activate(item);
    }
  });
}

function focus(list, item) {
  for (const other of list.querySelectorAll('[tabindex="0"]'))
    other.tabIndex = -1;
  item.tabIndex = 0;
  item.focus();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || byId('help').open)
    return;
  const acts = {
    ' ': event.target.closest('button, summary, a') ? null : toggle,
    '[': () => stepRow(-1), ']': () => stepRow(1), '?': openHelp, 'w': goToCause,
    'l': () => goTo('panel-ladder', byId('ladder-list')), 'p': () => goTo('panel-plot', byId('plot-canvas')),
    'c': () => goTo('panel-connections', byId('connections-list').querySelector('[tabindex="0"]')),
    'b': () => goTo('panel-breaking', byId('breaking-sliders').querySelector('input')),
    'Escape': () => { hover(null); select(null); },
  };
  const act = acts[event.key];
  if (!act)
    return;
  event.preventDefault();
  act();
}

const isTyping = target => target.matches('input:not([type=range]), textarea, select');

function goTo(panelId, element) {
  const panel = byId(panelId);
  if (panel.hidden)
    return;
  unfold(panel);
  panel.scrollIntoView({ block: 'nearest' });
  element?.focus();
}

/** Opens a panel that is folded. */
export function unfold(panel) {
  if (panel.classList.contains('closed'))
    panel.querySelector('.fold').click();
}

function goToCause() {
  const event = app.selected === null ? undefined : app.store.find(app.selected);
  const cause = causeOf(event);
  if (cause !== null)
    select(cause, 'why');
}

function openHelp() {
  byId('help-list').replaceChildren(...shortcuts.map(([keys, words]) =>
    h('div', {}, h('dt', {}, h('kbd', {}, keys)), h('dd', {}, t(words)))));
  byId('help').showModal();
}

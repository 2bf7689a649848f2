// Break it: the impairment of the link as sliders and buttons, and always beside it the same as a command line.

import { ask } from './api.js';
import { app, emit, on } from './app.js';
import { byId, copy, h, keyed, say, set } from './dom.js';
import { format, nearest, parse, Sliders, withUnit } from './impairment.js';
import { notify } from './notes.js';
import { t } from './words.js';

const triggers = {
  dropFin: 'drop=fin:1', dropAckOfFin: 'drop=ack-of-fin:1', dropSynAck: 'drop=syn-ack:1', holdData: 'hold=data:1:2s',
  dupData: 'dup=data:1', reorderData: 'reorder=data:1',
};
let link = parse('');
let timer = 0;
/** True while the lab has what the panel shows. */
let isSent = true;

/** Starts the panel. */
export function startBreaking() {
  byId('breaking-sliders').append(...Sliders.map(makeSlider));
  byId('breaking-buttons').append(...Object.entries(triggers).map(([name, words]) => h('button', {
    type: 'button', id: `trigger-${name}`, onclick: () => addTrigger(words),
  })));
  byId('breaking-seed').addEventListener('change', event => change(() => { link.seed = event.target.value.trim(); }));
  byId('breaking-words').addEventListener('change', event => change(() => { link = parse(event.target.value); }));
  byId('breaking-clear').addEventListener('click', () => change(() => { link = parse(''); }));
  byId('breaking-copy').addEventListener('click', async () => {
    if (await copy(byId('breaking-command').textContent))
      notify(t('copied'));
  });
  on('lab', () => {
    byId('panel-breaking').hidden = !app.lab?.canBreak;
    link = parse(app.lab?.impairment ?? '');
    isSent = true;
    draw();
  });
  on('language', draw);
  draw();
}

/** The words of --impair as they stand now. */
export const impairmentWords = () => format(link);

/** Sets the words of --impair; the panel shows them. */
export async function setImpairment(words) {
  link = parse(words);
  isSent = false;
  draw();
  await send();
}

function makeSlider(slider) {
  const input = h('input', {
    type: 'range', id: `slider-${slider.name}`, min: 0, max: slider.steps.length - 1, step: 1, value: 0,
    oninput: () => {
      link.values[slider.name] = slider.steps[Number(input.value)];
      isSent = false;
      draw();
      clearTimeout(timer);
      timer = setTimeout(send, 250);
    },
  });
  return h('div.slider', {}, h('label', { htmlFor: input.id }), input, h('output.mono', { htmlFor: input.id }));
}

/** One of the triggers again: the lab counts from then on, so it is sent even when it stands there already. */
function addTrigger(words) {
  const way = byId('breaking-way').value;
  const whole = way ? `${words}:${way}` : words;
  change(() => {
    link.triggers = [...link.triggers.filter(trigger => trigger !== whole), whole].slice(-12);
  });
}

const removeTrigger = words => change(() => {
  link.triggers = link.triggers.filter(trigger => trigger !== words);
});

function change(act) {
  act();
  isSent = false;
  draw();
  send();
}

async function send() {
  try {
    const words = format(link);
    const response = await ask('/api/impairment', {
      method: 'PUT', body: words, headers: { 'Content-Type': 'text/plain' },
    });
    const answer = await response.json();
    if (app.lab)
      Object.assign(app.lab, answer);
    isSent = words === format(link);
    say(byId('breaking-problem'), '');
    draw();
    emit('impairment');
  } catch (error) {
    say(byId('breaking-problem'), t('problem', { error: error.message }));
  }
}

function draw() {
  for (const slider of Sliders)
    drawSlider(slider);
  for (const name of Object.keys(triggers))
    say(byId(`trigger-${name}`), t(name));
  const words = format(link);
  for (const [id, value] of [['breaking-seed', link.seed], ['breaking-words', words]]) {
    if (document.activeElement !== byId(id))
      byId(id).value = value;
  }
  say(byId('breaking-command'), commandOf(words));
  keyed(byId('breaking-triggers'), link.triggers, trigger => trigger, trigger => h('li', {}, h('code', {}, trigger),
    h('button.small', {
      type: 'button', onclick: () => removeTrigger(trigger),
    }, '×')), (item, trigger) => set(item.lastElementChild, 'aria-label', t('remove', { what: trigger })));
}

function drawSlider(slider) {
  const input = byId(`slider-${slider.name}`);
  const value = link.values[slider.name] ?? 0;
  const place = String(nearest(slider, value));
  if (input.value !== place)
    input.value = place;
  const words = value > 0 ? withUnit(slider, value) : t(slider.name === 'rate' ? 'unlimited' : 'none');
  say(input.previousElementSibling, t(slider.name));
  say(input.nextElementSibling, words);
  set(input, 'aria-valuetext', words);
}

/** The command as the lab says it when it is about these words; else made here. */
function commandOf(words) {
  if (app.lab?.command && isSent)
    return app.lab.command;
  return words ? `usertcp lab --impair ${words}` : 'usertcp lab';
}

// Break it: the impairment of the link as sliders and buttons, and always beside it the same as a command line.

import { ask } from './api.js';
import { app, emit, on } from './app.js';
import { byId, copy, h, keyed, say, set } from './dom.js';
import { Link, nearest, Sliders, withUnit } from './impairment.js';
import { notify } from './notes.js';
import { t } from './words.js';

const triggers = {
  dropFin: 'drop=fin:1', dropAckOfFin: 'drop=ack-of-fin:1', dropSynAck: 'drop=syn-ack:1', holdData: 'hold=data:1:2s',
  dupData: 'dup=data:1', reorderData: 'reorder=data:1', markData: 'mark=data:1',
};
const way = byId('breaking-way');
let link = new Link();
let timer = 0;
/** Changes follow each other: the lab gets them in their order. */
let sending = Promise.resolve();
/** True while the lab has what the panel shows. */
let isSent = true;

/** Starts the panel. */
export function startBreaking() {
  byId('breaking-sliders').append(...Sliders.map(makeSlider));
  byId('breaking-buttons').append(...Object.entries(triggers).map(([name, words]) => h('button', {
    type: 'button', id: `trigger-${name}`, onclick: () => change(() => link.add(words, way.value)),
  })));
  byId('breaking-seed').addEventListener('change', event => change(() => {
    link.edit(way.value, one => { one.seed = event.target.value.trim(); });
  }));
  byId('breaking-words').addEventListener('change', event => change(() => {
    link.setWords(way.value, event.target.value);
  }));
  byId('breaking-clear').addEventListener('click', () => change(() => { link = new Link(); }));
  byId('breaking-copy').addEventListener('click', async () => {
    if (await copy(byId('breaking-command').textContent))
      notify(t('copied'));
  });
  way.addEventListener('change', draw);
  on('lab', () => {
    byId('panel-breaking').hidden = !app.lab?.canBreak;
    link = Link.from(app.lab?.impairment);
    isSent = true;
    draw();
  });
  on('language', draw);
  draw();
}

/** The impairment of the link as a scenario has it: { impair }, or one for each direction. */
export const impairmentParts = () => Object.fromEntries(
  link.parts.map(([direction, words]) => [direction || 'impair', words]));

/** Sets what a scenario says; the panel shows it. */
export async function setImpairment(parts) {
  link = Link.from(parts.impair === undefined
    ? { fromStack: parts['from-stack'] ?? '', toStack: parts['to-stack'] ?? '', isSplit: true }
    : { fromStack: parts.impair });
  isSent = false;
  draw();
  await send();
}

function makeSlider(slider) {
  const input = h('input', {
    type: 'range', id: `slider-${slider.name}`, min: 0, max: slider.steps.length - 1, step: 1, value: 0,
    oninput: () => {
      link.edit(way.value, one => { one.values[slider.name] = slider.steps[Number(input.value)]; });
      isSent = false;
      draw();
      clearTimeout(timer);
      timer = setTimeout(send, 250);
    },
  });
  return h('div.slider', {}, h('label', { htmlFor: input.id }), input, h('output.mono', { htmlFor: input.id }));
}

function change(act) {
  act();
  isSent = false;
  draw();
  send();
}

const send = () => sending = sending.then(sendParts);

async function sendParts() {
  const { options } = link;
  try {
    for (const [direction, words] of link.parts) {
      const response = await ask(`/api/impairment${direction ? `?direction=${direction}` : ''}`, {
        method: 'PUT', body: words, headers: { 'Content-Type': 'text/plain' },
      });
      const answer = await response.json();
      if (app.lab)
        app.lab.impairment = answer;
    }
    isSent = options === link.options;
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
  const seeds = new Set(link.in(way.value).map(one => one.seed));
  for (const [id, value] of [
    ['breaking-seed', seeds.size === 1 ? [...seeds][0] : ''], ['breaking-words', link.words(way.value)],
  ]) {
    if (document.activeElement !== byId(id))
      byId(id).value = value;
  }
  say(byId('breaking-ways-words'), t(link.isSplit ? 'waysSplit' : 'bothWays'));
  say(byId('breaking-option'), way.value ? `--impair-${way.value}` : '--impair');
  say(byId('breaking-command'), commandWords());
  drawTriggers();
}

function drawTriggers() {
  const directions = link.isSplit ? [way.value].filter(name => name) : [''];
  const items = (directions.length > 0 ? directions : ['from-stack', 'to-stack']).flatMap(direction =>
    link.in(direction).flatMap(one => one.triggers.map(trigger => ({ trigger, direction }))));
  const nameOf = item => item.trigger + (item.direction ? ` (${t(`ways_${item.direction}`)})` : '');
  keyed(byId('breaking-triggers'), items, nameOf, item => h('li', {}, h('code', {}, nameOf(item)),
    h('button.small', {
      type: 'button', onclick: () => change(() => link.remove(item.trigger, item.direction)),
    }, '×')), (element, item) => set(element.lastElementChild, 'aria-label', t('remove', { what: nameOf(item) })));
}

function drawSlider(slider) {
  const input = byId(`slider-${slider.name}`);
  const values = link.in(way.value).map(one => one.values[slider.name] ?? 0);
  const place = String(nearest(slider, values[0]));
  if (input.value !== place)
    input.value = place;
  const words = [...new Set(values.map(value => valueWords(slider, value)))].join(' / ');
  say(input.previousElementSibling, t(slider.name));
  say(input.nextElementSibling, words);
  set(input, 'aria-valuetext', words);
}

function valueWords(slider, value) {
  if (value <= 0)
    return t(slider.name === 'rate' ? 'unlimited' : 'none');
  return slider.name === 'ecn' ? t('packets', { count: value }) : withUnit(slider, value);
}

/** The command as the lab says it when it is about this link; else made here. */
function commandWords() {
  return app.lab?.impairment && isSent
    ? app.lab.impairment.command
    : `${app.lab?.command ?? 'usertcp lab'}${link.options}`;
}

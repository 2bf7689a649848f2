// The event that is selected: header, reason with its source, what changed, and the chain of causes.

import { app, hover, on, select, view } from './app.js';
import { byId, h } from './dom.js';
import { number, since, span } from './format.js';
import { phraseOf, sentenceOf, sourceOf } from './reasons.js';
import { labelOf } from './rows.js';
import { canReplay, replayWithout } from './saving.js';
import { chainOf, effectsOf } from './why.js';
import { t } from './words.js';

const panel = byId('panel-details');
const body = byId('details-body');
let drawn = '';

/** Starts the panel. */
export function startDetails() {
  view(panel, draw);
  on('language', () => { drawn = ''; });
  panel.addEventListener('opened', event => {
    panel.classList.remove('closed');
    if (event.detail?.focus)
      requestAnimationFrame(() => body.focus());
  });
  body.addEventListener('pointerover', event => hover(numberOf(event.target)));
  body.addEventListener('pointerleave', () => hover(null));
}

const numberOf = target => {
  const link = target.closest?.('[data-n]');
  return link ? Number(link.dataset.n) : null;
};

function draw() {
  const event = app.selected === null ? undefined : app.store.find(app.selected);
  const connection = event && app.connection;
  const verdicts = connection?.verdicts.get(event.n) ?? [];
  const key = event ? `${event.n} ${verdicts.length} ${app.source} ${app.reasons.size}` : 'none';
  if (key === drawn)
    return;
  drawn = key;
  if (!event || !connection)
    body.replaceChildren(h('p.soft', {}, t('detailsNone')));
  else
    body.replaceChildren(...partsOf(event, connection, verdicts));
}

function partsOf(event, connection, verdicts) {
  const isFrame = event.kind === 'seg' || event.kind === 'link';
  // A retransmission leads to the loss of what it carries again.
  const losses = [...verdicts, ...connection.verdicts.get(event.of) ?? []];
  return [
    h('p.headline', {}, h('span.mono', {}, `${event.n} · ${since(event.t - connection.opened)}`),
      isFrame ? ` ${t(event.dir === 'out' ? 'rowOut' : 'rowIn')} ` : ' ',
      isFrame ? h('span.mono', {}, labelOf(event)) : null),
    canReplay(event, losses) ? h('p', {}, h('button', {
      type: 'button', id: 'replay-without', onclick: () => replayWithout(event, losses),
    }, t('replay'))) : null,
    h('h3', {}, t('reasonHeading')), reasons(event),
    h('h3', {}, t('why')), chain(event, connection),
    h('h3', {}, t('changes')), changes(event),
    isFrame ? h('h3', {}, t('header')) : null, isFrame ? header(event) : null,
  ].filter(part => part);
}

function reasons(event) {
  const items = event.reasons?.length > 0 ? event.reasons : [{}];
  const words = items.length === 1 ? [sentenceOf(event)] : items.map(reason => phraseOf(reason) ?? reason.id);
  return h('ul.plain', {}, items.map((reason, place) => h('li', {},
    h(`span.sentence.${event.severity ?? 'normal'}`, {}, words[place] || event.says || ''), source(reason))));
}

function source(reason) {
  const place = sourceOf(reason);
  const name = app.reasons.get(reason.id)?.wireshark;
  return h('span.source', {},
    place?.address ? h('a', { href: place.address, target: '_blank', rel: 'noreferrer' }, place.words)
      : place?.words ?? '',
    reason.id ? h('code', {}, reason.id) : null,
    name ? h('span', {}, t('wireshark', { name })) : null);
}

function chain(event, connection) {
  const links = chainOf(event, app.store, n => (app.store.ownerOf(n) ?? connection).verdicts.get(n) ?? []);
  const effects = effectsOf(event, connection);
  const parts = [links.length === 1
    ? h('p.soft', {}, t('whyNothing'))
    : h('ol.chain', {}, links.slice(1).map(link => chainItem(link)))];
  if (effects.length > 0) {
    parts.push(h('h4', {}, t('whyEffects')),
      h('ul.chain', {}, effects.map(effect => h('li', {}, jump(effect)))));
  }
  return h('div', {}, parts);
}

function chainItem({ event, number: forgotten, relation, depth }) {
  const item = h('li', {}, h('span.relation', {}, t(`why${relation}`)),
    event ? jump(event) : h('span.soft', {}, t('whyForgotten', { n: String(forgotten) })));
  item.style.marginInlineStart = `${Math.min(depth - 1, 5) * 0.8}rem`;
  return item;
}

function jump(event) {
  const isFrame = event.kind === 'seg' || event.kind === 'link';
  const button = h(`button.jump.${event.severity ?? 'normal'}`, {
    type: 'button', onclick: () => {
      select(event.n, 'why');
      body.focus({ preventScroll: true });
    },
  }, h('span.mono', {}, `${event.n} `), isFrame ? h('span.mono', {}, `${labelOf(event)} `) : null, sentenceOf(event));
  button.dataset.n = event.n;
  return button;
}

function changes(event) {
  const entries = Object.entries(event.changes ?? {});
  if (entries.length === 0)
    return h('p.soft', {}, t('noChanges'));
  return h('table.changes', {},
    h('thead', {}, h('tr', {}, ['variable', 'before', 'after'].map(key => h('th', { scope: 'col' }, t(key))))),
    h('tbody', {}, entries.map(([name, [before, after]]) => h('tr', {},
      h('th', { scope: 'row' }, name), h('td', {}, grouped(before)), h('td', {}, grouped(after))))));
}

const fields = [
  'flags', 'seq', 'ack', 'len', 'window', 'win', 'scaled', 'sack', 'tsval', 'tsecr', 'mssOption', 'windowScale',
  'sackPermitted', 'ce', 'urgent', 'before', 'after', 'disposition', 'meaning', 'reason', 'verdict', 'cause', 'delay',
];

function header(event) {
  const known = fields.filter(name => event[name] !== undefined);
  return h('dl.fields', {}, known.map(name => h('div', {},
    h('dt', {}, name), h('dd', {}, name === 'delay' ? span(event[name]) : grouped(String(event[name]))))));
}

const grouped = value => /^\d{5,}$/.test(value) ? number(Number(value)) : value;

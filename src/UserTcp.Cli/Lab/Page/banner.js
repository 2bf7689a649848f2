// The banner that says that the views show something else than the lab.

import { on } from './app.js';
import { byId, h } from './dom.js';
import { t } from './words.js';

const banner = byId('banner');
let shown = null;
on('language', draw);

/**
 * Shows words, with `back` a button that leads back to the lab, and an element with more. words() and more() give them
 * in the language of the page.
 */
export function showBanner(words, back, more) {
  shown = { words, back, more };
  draw();
}

export function hideBanner() {
  shown = null;
  draw();
}

function draw() {
  banner.hidden = !shown;
  if (!shown)
    return;
  banner.replaceChildren(h('span', {}, shown.words()),
    shown.back ? h('button', { type: 'button', onclick: shown.back }, t('backToLive')) : '', shown.more?.() ?? '');
}

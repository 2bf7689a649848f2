// The banner that says that the views show something else than the lab.

import { byId, h } from './dom.js';
import { t } from './words.js';

/** Shows words, with `back` a button that leads back to the lab, and an element with more. */
export function showBanner(words, back, more) {
  const banner = byId('banner');
  banner.replaceChildren(h('span', {}, words),
    back ? h('button', { type: 'button', onclick: back }, t('backToLive')) : '', more ?? '');
  banner.hidden = false;
}

export function hideBanner() {
  byId('banner').hidden = true;
}

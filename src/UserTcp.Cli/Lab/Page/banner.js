// The banner that says that the views show something else than the lab.

import { byId, h } from './dom.js';
import { t } from './words.js';

/** Shows words, and with `back` a button that leads back to the lab. */
export function showBanner(words, back) {
  const banner = byId('banner');
  banner.replaceChildren(h('span', {}, words),
    back ? h('button', { type: 'button', onclick: back }, t('backToLive')) : '');
  banner.hidden = false;
}

export function hideBanner() {
  byId('banner').hidden = true;
}

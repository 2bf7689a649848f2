// Short notes at the edge of the page, for sighted users and screen readers alike.

import { byId, h } from './dom.js';

const lasts = 6000;
const maxNotes = 4;

/** Shows a note for some seconds. */
export function notify(words, isProblem = false) {
  const box = byId('notes');
  const note = h(isProblem ? 'p.toast.problem' : 'p.toast', {}, words);
  box.append(note);
  while (box.children.length > maxNotes)
    box.firstElementChild.remove();
  setTimeout(() => note.remove(), lasts);
}

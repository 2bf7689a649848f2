// Sentences of events. The lab sends each event with its sentence; in another language, the table of reasons makes it.

import { app } from './app.js';
import { number } from './format.js';

const numbers = /^\d{4,}$/;
const ungrouped = new Set(['iss', 'irs', 'of', 'n']);

/** What an event says, in the language of the page. */
export function sentenceOf(event) {
  if (event.kind === 'gap' || !event.reasons?.length)
    return event.says ?? '';
  if (app.store.languageOf(event) === app.language && event.says)
    return event.says;
  const phrases = event.reasons.map(reason => phraseOf(reason));
  return phrases.includes(null) ? event.says ?? '' : phrases.join('; ');
}

/** The words of one reason with its arguments, or null when the table does not have it. */
export function phraseOf(reason) {
  const template = app.reasons.get(reason.id)?.[app.language];
  return template?.replace(/\{(\w+)\}/g, (_, name) => argument(name, reason[name])) ?? null;
}

function argument(name, value) {
  if (value === undefined)
    return '';
  return numbers.test(value) && !ungrouped.has(name) ? number(Number(value)) : value;
}

/** Where the rule of a reason stands: { words, address }; the address is null for our own rules. */
export function sourceOf(reason) {
  const entry = app.reasons.get(reason.id);
  if (!entry)
    return null;
  const source = entry.source ?? entry.rfc ?? 'UserTcp';
  const [, rfc] = /^(?:RFC )?(\d+)/.exec(source) ?? [];
  const section = entry.section ?? /section ([\d.]+)/.exec(source)?.[1];
  if (!rfc)
    return { words: source, address: null };
  return {
    words: section ? `RFC ${rfc} section ${section}` : `RFC ${rfc}`,
    address: `https://www.rfc-editor.org/rfc/rfc${rfc}${section ? `#section-${section}` : ''}`,
  };
}

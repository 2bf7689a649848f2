// Builds elements. Data reaches the document as text nodes and attributes only, never as markup.

const svgSpace = 'http://www.w3.org/2000/svg';

/** An HTML element: h('button.small', { type: 'button', onclick }, 'words'). */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0)
    element.className = classes.join(' ');
  for (const [key, value] of Object.entries(properties))
    assign(element, key, value);
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

/** An SVG element: s('line.data', { x1: 0, y1: 0 }). */
export function s(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElementNS(svgSpace, tag);
  if (classes.length > 0)
    element.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined)
      element.setAttribute(key, value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

/** The element with this id. */
export const byId = id => document.getElementById(id);

/** Sets the words of an element, only when they differ: an equal text would be laid out again. */
export function say(element, words) {
  if (element.textContent !== words)
    element.textContent = words;
}

/** Sets or removes an attribute only when it differs. */
export function set(element, name, value) {
  if (value === null || value === undefined || value === false)
    element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value))
    element.setAttribute(name, value);
}

/**
 * Brings the children of a list in line with items, and reuses the elements of items with the same key.
 * make(item) builds an element, update(element, item) fills it.
 */
export function keyed(parent, items, keyOf, make, update) {
  const old = parent.keyedChildren ?? new Map();
  const kept = new Map();
  const focused = document.activeElement;
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const element = old.get(key) ?? make(item);
    kept.set(key, element);
    update(element, item);
    if (element === place)
      place = place.nextElementSibling;
    else
      parent.insertBefore(element, place);
  }
  for (const [key, element] of old) {
    if (!kept.has(key))
      element.remove();
  }
  parent.keyedChildren = kept;
  // An element that moves loses the focus.
  if (focused !== document.activeElement && parent.contains(focused))
    focused.focus({ preventScroll: true });
}

/** Copies words to the clipboard; pages without a secure origin have none, so a selection is the second way. */
export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const area = h('textarea', { value: words, ariaHidden: 'true' });
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}

/** Offers a file for download. */
export function download(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = h('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function assign(element, key, value) {
  if (value === null || value === undefined)
    return;
  if (key.startsWith('on'))
    element.addEventListener(key.slice(2), value);
  else if (key in element && key !== 'list' && key !== 'role')
    element[key] = value;
  else
    element.setAttribute(key, value);
}

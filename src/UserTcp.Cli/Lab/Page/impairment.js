// The words of --impair, read and written. Pure: what the lab does with them is decided by the lab.

/** The sliders: name, unit, and the values that its steps have. 0 means: not there. */
export const Sliders = [
  { name: 'loss', unit: '%', steps: [0, 0.1, 0.5, 1, 2, 3, 5, 10, 20, 30, 50] },
  { name: 'delay', unit: 'ms', steps: [0, 1, 5, 10, 20, 50, 100, 200, 500, 1000] },
  { name: 'jitter', unit: 'ms', steps: [0, 1, 2, 5, 10, 20, 50, 100] },
  { name: 'reorder', unit: '%', steps: [0, 0.5, 1, 2, 5, 10, 20, 50] },
  { name: 'dup', unit: '%', steps: [0, 0.1, 0.5, 1, 2, 5, 10, 20] },
  { name: 'corrupt', unit: '%', steps: [0, 0.1, 0.5, 1, 2, 5, 10] },
  { name: 'rate', unit: 'kbit', steps: [0, 1e6, 1e5, 5e4, 2e4, 1e4, 5e3, 2e3, 1e3, 500, 100, 64] },
  { name: 'ecn', unit: '', steps: [0, 100, 50, 30, 20, 10, 5, 2, 1] },
];

/** The directions of the link, and the option of each. */
export const Directions = ['from-stack', 'to-stack'];

const actions = new Set(['drop', 'hold', 'mark', 'dup', 'reorder', 'corrupt']);

/** Reads the words into { values, triggers, others, seed }; what the sliders do not know stays as it is. */
export function parse(words) {
  const link = { values: {}, triggers: [], others: [], seed: '' };
  for (const item of words.split(',').map(word => word.trim()).filter(word => word)) {
    const [name, ...rest] = item.split('=');
    const value = rest.join('=');
    if (actions.has(name) && /^[a-z-]+(:|$)/.test(value))
      link.triggers.push(item);
    else if (name === 'seed')
      link.seed = value;
    else if (Sliders.some(slider => slider.name === name) && amount(value) !== null)
      link.values[name] = amount(value);
    else
      link.others.push(item);
  }
  return link;
}

/** Writes { values, triggers, others, seed } as words. */
export function format(link) {
  const items = Sliders
    .filter(slider => link.values[slider.name] > 0)
    .map(slider => `${slider.name}=${withUnit(slider, link.values[slider.name])}`);
  items.push(...link.others, ...link.triggers);
  if (link.seed !== '')
    items.push(`seed=${link.seed}`);
  return items.join(',');
}

/** The value with its unit, in the largest unit that leaves a whole number of a rate. */
export function withUnit(slider, value) {
  if (slider.name !== 'rate')
    return `${value}${slider.unit}`;
  if (value % 1e6 === 0)
    return `${value / 1e6}gbit`;
  return value % 1000 === 0 ? `${value / 1000}mbit` : `${value}kbit`;
}

/** The place of the step next to a value. */
export function nearest(slider, value) {
  let best = 0;
  slider.steps.forEach((step, place) => {
    if (Math.abs(step - value) < Math.abs(slider.steps[best] - value))
      best = place;
  });
  // Zero is for "none": a value that is there shows the next step.
  return value > 0 && best === 0 ? 1 : best;
}

/** A number in the slider's unit, or null. */
function amount(value) {
  const [, digits, unit] = /^([0-9.]+)(%|us|ms|s|kbit|mbit|gbit|)$/.exec(value) ?? [];
  if (digits === undefined)
    return null;
  const factors = { '': 1, '%': 1, us: 0.001, ms: 1, s: 1000, kbit: 1, mbit: 1000, gbit: 1e6 };
  return Number((Number(digits) * factors[unit]).toFixed(6));
}

/** The link in each direction: one for both as long as nothing tells them apart. */
export class Link {
  #both = parse('');
  /** By direction; null while one is for both. */
  #own = null;

  /** What the lab says: { fromStack, toStack, isSplit }. */
  static from(notice) {
    const link = new Link();
    if (notice?.isSplit)
      link.#own = { 'from-stack': parse(notice.fromStack), 'to-stack': parse(notice.toStack) };
    else
      link.#both = parse(notice?.fromStack ?? '');
    return link;
  }

  get isSplit() {
    return this.#own !== null;
  }

  /** What is set in a direction ('' for both): one link, or two when they differ. */
  in(direction) {
    if (!this.#own)
      return [this.#both];
    return direction ? [this.#own[direction]] : Directions.map(name => this.#own[name]);
  }

  /** Changes a direction, or both. A trigger that names a direction needs no link of its own. */
  edit(direction, act) {
    if (direction && !this.#own)
      this.#split();
    this.in(direction).forEach(act);
    const [from, to] = this.in('').map(format);
    if (this.#own && from === to && this.#own['from-stack'].triggers.length === 0)
      this.#join(from);
  }

  /** Puts the trigger at the end: at most twelve are kept. */
  add(trigger, direction) {
    const words = direction && !this.#own ? `${trigger}:${direction}` : trigger;
    for (const link of this.in(direction))
      link.triggers = [...link.triggers.filter(other => other !== words), words].slice(-12);
  }

  remove(trigger, direction) {
    this.edit(this.#own ? direction : '', link => {
      link.triggers = link.triggers.filter(other => other !== trigger);
    });
  }

  /** The words of a direction; '' of both when they differ. */
  words(direction) {
    const [from, to = from] = this.in(direction).map(format);
    return from === to ? from : '';
  }

  /** The words as one takes them: a direction takes its own, and '' makes both alike. */
  setWords(direction, words) {
    if (direction)
      this.edit(direction, link => Object.assign(link, parse(words)));
    else
      this.#join(words);
  }

  /** What the lab has to be told: [[direction, words]]; '' is for both. */
  get parts() {
    return this.#own ? Directions.map(name => [name, format(this.#own[name])]) : [['', format(this.#both)]];
  }

  /** The options that say the same. */
  get options() {
    return this.parts.filter(([, words]) => words)
      .map(([direction, words]) => ` --impair${direction ? `-${direction}` : ''} ${words}`).join('');
  }

  #join(words) {
    this.#both = parse(words);
    this.#own = null;
  }

  #split() {
    this.#own = Object.fromEntries(Directions.map(name => [name, ownPart(this.#both, name)]));
  }
}

/** What a link for both directions says about one of them. */
function ownPart(link, direction) {
  const triggers = link.triggers.filter(trigger => Directions.every(
    name => name === direction || !trigger.endsWith(`:${name}`)));
  return { ...parse(format(link)), triggers: triggers.map(trigger => trigger.replace(`:${direction}`, '')) };
}

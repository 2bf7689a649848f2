// A scenario as one link: what the link between both ends does, the traffic, and the event to stop at. Pure.
// The token is never part of it.

const names = ['impair', 'from-stack', 'to-stack', 'traffic', 'role', 'bytes', 'step', 'lesson'];

/** Reads the part of an address behind '#': { token, scenario }, each of them null when it is not there. */
export function read(fragment) {
  const words = fragment.replace(/^#/, '');
  if (!words)
    return { token: null, scenario: null };
  const items = words.split('&');
  const token = items[0].includes('=') ? null : items.shift();
  const fields = new URLSearchParams(items.join('&'));
  const scenario = {};
  for (const name of names) {
    if (fields.has(name))
      scenario[name] = fields.get(name);
  }
  return { token, scenario: Object.keys(scenario).length > 0 ? scenario : null };
}

/** Writes a scenario as the part of an address behind '#'. */
export function write(scenario) {
  const fields = new URLSearchParams();
  for (const name of names) {
    if (scenario[name] !== undefined && scenario[name] !== null && scenario[name] !== '')
      fields.set(name, scenario[name]);
  }
  // Commas, colons and later equals signs need no escape in a fragment, and are easier to read.
  return `#${fields.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%3D', '=')}`;
}

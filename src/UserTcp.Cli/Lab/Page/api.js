// Requests to the lab. The token comes with the address that the command prints; it stays in this tab.

const place = 'usertcp-token';

/** The token of this tab, or an empty string. */
export let token = sessionStorage.getItem(place) ?? '';

/** Keeps a token, or the token of a pasted address. */
export function keepToken(words) {
  const trimmed = words.trim();
  token = trimmed.includes('#') ? trimmed.slice(trimmed.indexOf('#') + 1).split('&')[0] : trimmed;
  sessionStorage.setItem(place, token);
}

/** A request that failed: its status, and the server's sentence as message. Status 0: no answer at all. */
export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Asks; returns the response, or throws RequestError. */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      cache: 'no-store', ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` },
    });
  } catch (error) {
    if (error.name === 'AbortError')
      throw error;
    throw new RequestError(0, error.message);
  }
  if (response.ok)
    return response;
  throw new RequestError(response.status, await sentenceOf(response));
}

/** The answer's JSON. */
export const get = async path => (await ask(path)).json();

/** Posts an object, or nothing; returns the answer's JSON, or null. */
export async function post(path, body) {
  const options = body === undefined
    ? { method: 'POST' }
    : { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const text = await (await ask(path, options)).text();
  return text ? JSON.parse(text) : null;
}

async function sentenceOf(response) {
  try {
    return (await response.json()).error ?? response.statusText;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

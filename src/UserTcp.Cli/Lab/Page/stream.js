// Reads newline-delimited JSON as it arrives. Lines wait in a queue; take() parses them within a time budget, so that
// one frame of the page never does the work of many. A queue that grows beyond its limit drops lines and says how
// many: that is a gap, as if the server had made it.

const maxQueue = 8 << 20;

export class LineQueue {
  #chunks = [];
  #size = 0;
  #rest = '';
  #missed = 0;

  /** True while lines wait to be taken. */
  get waits() {
    return this.#chunks.length > 0;
  }

  push(text) {
    this.#chunks.push(text);
    this.#size += text.length;
    while (this.#size > maxQueue && this.#chunks.length > 1)
      this.#skip();
  }

  /** Drops the oldest chunk, up to its last line feed: what follows is the beginning of a line that stays. */
  #skip() {
    const text = this.#chunks.shift();
    this.#size -= text.length;
    let lines = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
      lines++;
    this.#missed += lines;
    const last = text.lastIndexOf('\n');
    this.#rest = last >= 0 ? text.slice(last + 1) : this.#rest + text;
  }

  /** Gives each line's object to `use`, until the queue is empty or the budget in milliseconds is spent. */
  take(use, budget) {
    const end = performance.now() + budget;
    let count = 0;
    while (this.#chunks.length > 0) {
      const text = this.#rest + this.#chunks.shift();
      this.#rest = '';
      let start = 0;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
        this.#use(text.slice(start, at), use);
        start = at + 1;
        if (++count % 32 === 0 && performance.now() > end) {
          this.#keep(text.slice(start));
          return count;
        }
      }
      this.#rest = text.slice(start);
    }
    this.#size = this.#rest.length;
    return count;
  }

  /** The last line may lack its line feed. */
  finish(use) {
    if (this.#rest)
      this.#use(this.#rest, use);
    this.#rest = '';
    this.#size = 0;
  }

  #keep(text) {
    if (text)
      this.#chunks.unshift(text);
    this.#size = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  #use(line, use) {
    if (!line)
      return;
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      this.#missed++;
      return;
    }
    if (this.#missed > 0)
      use({ kind: 'gap', missed: this.#missed });
    this.#missed = 0;
    use(event);
  }
}

/** Reads a response into a queue until its end; `onChunk` runs after each piece. */
export async function readInto(queue, response, onChunk) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      return;
    queue.push(decoder.decode(value, { stream: true }));
    onChunk();
  }
}

/** The pause before the n-th attempt in a row, in milliseconds: doubles from 0.5 s to 10 s, a little random. */
export const backoff = attempt => Math.min(10_000, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);

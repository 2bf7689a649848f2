// A queue with indices that stay: at(i) finds the i-th element ever pushed, as long as it is kept. Pure.

export class Kept {
  #items = [];
  #head = 0;
  /** The number of elements that were dropped, which is the index of the first one kept. */
  first = 0;

  /** The index behind the last element. */
  get end() {
    return this.first + this.length;
  }

  get length() {
    return this.#items.length - this.#head;
  }

  at(index) {
    return index < this.first ? undefined : this.#items[index - this.first + this.#head];
  }

  get last() {
    return this.length > 0 ? this.#items[this.#items.length - 1] : undefined;
  }

  push(item) {
    this.#items.push(item);
  }

  shift() {
    if (this.length === 0)
      return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    this.first++;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** The index of the first element for which `isBehind` is true; elements are sorted by it. */
  search(isBehind) {
    let low = this.first;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBehind(this.at(middle)))
        high = middle;
      else
        low = middle + 1;
    }
    return low;
  }

  * [Symbol.iterator]() {
    for (let index = this.first; index < this.end; index++)
      yield this.at(index);
  }
}

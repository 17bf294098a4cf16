/** A priority queue: the item with the smallest key comes out first. Binary heap in one array. */
export class MinHeap<T> {
  readonly #items: T[] = [];
  readonly #keyOf: (item: T) => number;

  /** @param keyOf - An item's key; must not change while the item is inside. */
  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  /** Number of items inside. */
  get size(): number {
    return this.#items.length;
  }

  /** The item with the smallest key, left inside; `undefined` where empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Puts an item in. */
  push(item: T): void {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex];
      if (parent === undefined || this.#keyOf(parent) <= this.#keyOf(item)) break;
      items[index] = parent;
      index = parentIndex;
    }
    items[index] = item;
  }

  /** Takes the item with the smallest key out; `undefined` where empty. */
  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last);
    return top;
  }

  /** Empties the queue. */
  clear(): void {
    this.#items.length = 0;
  }

  #sink(item: T): void {
    const items = this.#items;
    const key = this.#keyOf(item);
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      let child = items[leftIndex];
      if (child === undefined) break;
      let childIndex = leftIndex;
      const right = items[leftIndex + 1];
      if (right !== undefined && this.#keyOf(right) < this.#keyOf(child)) {
        child = right;
        childIndex = leftIndex + 1;
      }
      if (this.#keyOf(child) >= key) break;
      items[index] = child;
      index = childIndex;
    }
    items[index] = item;
  }
}

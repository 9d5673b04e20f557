/** Who is next among clients of several sources: the sources take turns, so that one with many clients holds up only its own. */

/** Items wait in the order of their turns, and of their arrival within one turn. */
export class Turns<T> {
  readonly #waiting = new Map<T, { readonly source: string | undefined; readonly turn: number }>();
  /** The turn of the last one that was next. */
  #current = 0;

  /** @param source undefined if unknown; such items count as one source */
  add(item: T, source: string | undefined): void {
    const own = [...this.#waiting.values()].filter((other) => other.source === source);
    this.#waiting.set(item, { source, turn: Math.max(this.#current, ...own.map(({ turn }) => turn + 1)) });
  }

  delete(item: T): void {
    this.#waiting.delete(item);
  }

  /** Removes the one whose turn it is. */
  next(): T | undefined {
    const [first] = [...this.#waiting].toSorted(([, a], [, b]) => a.turn - b.turn);
    if (first === undefined) return undefined;
    const [item, { turn }] = first;
    this.#waiting.delete(item);
    this.#current = turn;
    return item;
  }
}

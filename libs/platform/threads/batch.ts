/**
 * Collects what comes up in one turn of the event loop and hands it over at its end: a message to a thread costs more
 * than what it carries.
 */
export class Batch<T> {
  private items: T[] = [];

  constructor(private readonly handOver: (items: readonly T[]) => void) {}

  add(item: T): void {
    if (this.items.push(item) > 1) return;
    setImmediate(() => {
      const { items } = this;
      this.items = [];
      this.handOver(items);
    });
  }
}

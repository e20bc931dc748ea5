/** Bounds what many tasks hold in memory at once. Whoever asks first is served first. */
export class ByteBudget {
  private readonly waiting: (() => void)[] = [];
  private used = 0;

  constructor(private readonly bytes: number) {}

  /** Waits until there is room. What is larger than the whole budget has it to itself. */
  async spend<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    const cost = Math.min(bytes, this.bytes);
    while (this.used + cost > this.bytes) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.used += cost;
    try {
      return await task();
    } finally {
      this.used -= cost;
      for (const wake of this.waiting.splice(0)) wake();
    }
  }
}

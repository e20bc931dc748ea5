/** What was used last, as much of it as there is room for. */
export class Recent<T> {
  private readonly entries = new Map<string, Readonly<{ value: T; size: number }>>();
  private size = 0;

  /** `room`: for all of it together; what takes more than `largest` is not kept. Both in what `put` is told. */
  constructor(
    private readonly room: number,
    private readonly largest: number,
  ) {}

  get(key: string): T | undefined {
    return this.entries.get(key)?.value;
  }

  put(key: string, value: T, size: number): void {
    this.delete(key);
    if (size > this.largest) return;
    this.entries.set(key, { value, size });
    this.size += size;
    for (const oldest of this.entries.keys())
      if (this.size <= this.room) break;
      else this.delete(oldest);
  }

  delete(key: string): void {
    this.size -= this.entries.get(key)?.size ?? 0;
    this.entries.delete(key);
  }
}

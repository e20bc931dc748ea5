/** Unread bytes above which the socket is not read any further. */
const HIGH_WATER = 128 * 1024;

/**
 * The content of one message on its way from the socket to who keeps it; one reader. What is not read yet is
 * bounded because the socket pauses while `isFull`.
 */
export class ContentQueue implements AsyncIterable<Buffer> {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private outcome: 'open' | 'complete' | 'broken' = 'open';
  private wake = () => {};

  /** `onRead`: there is room again. */
  constructor(private readonly onRead: () => void) {}

  get isFull(): boolean {
    return this.bytes > HIGH_WATER;
  }

  push(chunk: Buffer): void {
    if (this.outcome !== 'open') return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    this.wake();
  }

  complete(): void {
    if (this.outcome === 'open') this.outcome = 'complete';
    this.wake();
  }

  /** It will never be complete; the reader is told at once. What is complete already is read to its end. */
  abandon(): void {
    if (this.outcome === 'complete') return;
    this.outcome = 'broken';
    this.forget();
  }

  /** Nobody reads it any more; what still comes is let go. */
  forget(): void {
    if (this.outcome === 'open') this.outcome = 'broken';
    this.chunks.length = this.bytes = 0;
    this.wake();
    this.onRead();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Buffer> {
    try {
      for (;;) {
        const chunk = this.chunks.shift();
        if (chunk) {
          const wasFull = this.isFull;
          this.bytes -= chunk.length;
          if (wasFull && !this.isFull) this.onRead();
          yield chunk;
        } else if (this.outcome === 'complete') return;
        else if (this.outcome === 'broken') throw new Error('The message was never complete');
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.forget();
    }
  }
}

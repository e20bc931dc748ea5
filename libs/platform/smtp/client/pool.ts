import type { Session } from './session.js';

/** How many wait unused for one destination and in all, for how long, and how much one carries before it is let go. */
const IDLE_EACH = 20;
const IDLE_ALL = 200;
const IDLE_MS = 10_000;
const MESSAGES = 100;

type Idle = Readonly<{ session: Session; host: string; timer: NodeJS.Timeout }>;

/** Sessions that were left in order, for the next message to the same destination. */
export class SessionPool {
  private readonly idle = new Map<string, Idle[]>();
  private size = 0;

  /** The one that was used last, with the host that it is to. One that is not at rest any more is let go. */
  take(destination: string): Readonly<{ session: Session; host: string }> | undefined {
    for (;;) {
      const found = this.idle.get(destination)?.at(-1);
      if (!found) return undefined;
      this.remove(destination, found);
      const { connection } = found.session;
      if (connection.isAtRest) return found;
      connection.quit();
    }
  }

  give(destination: string, host: string, session: Session) {
    const waiting = this.idle.get(destination) ?? [];
    const isEnough = waiting.length >= IDLE_EACH || this.size >= IDLE_ALL || session.messages >= MESSAGES;
    if (isEnough || !session.connection.isAtRest) return session.connection.quit();
    const timer = setTimeout(() => {
      this.remove(destination, idle);
      session.connection.quit();
    }, IDLE_MS);
    timer.unref();
    const idle = { session, host, timer };
    waiting.push(idle);
    this.idle.set(destination, waiting);
    this.size += 1;
  }

  close() {
    for (const [destination, waiting] of this.idle)
      for (const idle of [...waiting]) {
        this.remove(destination, idle);
        idle.session.connection.quit();
      }
  }

  private remove(destination: string, idle: Idle) {
    clearTimeout(idle.timer);
    const rest = (this.idle.get(destination) ?? []).filter((each) => each !== idle);
    this.size -= 1;
    if (rest.length > 0) this.idle.set(destination, rest);
    else this.idle.delete(destination);
  }
}

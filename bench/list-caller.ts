import { setTimeout } from 'node:timers/promises';
import { HttpConnection } from './http-connection.js';

const CONNECTIONS = 4;
const EVERY_MS = 100;

/** Asks for a page at a steady pace, whatever is going on; latency from the moment at which it was due. */
export class ListCaller {
  private readonly times: number[] = [];
  private readonly over = new AbortController();
  private readonly done: Promise<unknown>;

  private constructor(connections: readonly HttpConnection[], path: string, token: string) {
    const begin = performance.now();
    const work = async (connection: HttpConnection, index: number) => {
      for (let turn = index; ; turn += connections.length) {
        const due = begin + turn * EVERY_MS;
        await setTimeout(Math.max(0, due - performance.now()));
        if (this.over.signal.aborted) return connection.close();
        const { status } = await connection.call('GET', path, token);
        if (status !== 200) throw new Error(`${path} answered ${status}`);
        this.times.push(performance.now() - due);
      }
    };
    this.done = Promise.all(connections.map(work));
  }

  static async start(origin: string, path: string, token: string): Promise<ListCaller> {
    const open = Array.from({ length: CONNECTIONS }, () => HttpConnection.open(origin));
    return new ListCaller(await Promise.all(open), path, token);
  }

  /** Milliseconds. */
  async stop(): Promise<readonly number[]> {
    this.over.abort();
    await this.done;
    return this.times;
  }
}

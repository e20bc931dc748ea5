import { Injectable } from '@nestjs/common';
import { Refusal, systemCode } from './refusal.js';

export type Address = Readonly<{ host: string; port: number }>;

/** Something that accepts connections: opened when everything behind it is ready, drained before it goes. */
export interface Listener {
  /** `http`, `smtp`: what the ready line calls it. */
  readonly name: string;
  /** Where it is to listen; port 0 is any. */
  readonly wanted: Address;
  /** Accepts from now on; answers the port that it got. */
  listen(): Promise<number>;
  /** Accepts nothing more, lets go of idle connections and settles once what was begun is answered. */
  drain(deadline: AbortSignal): Promise<void>;
}

/** Whoever listens adds itself while the application is initialised; the process opens and drains them. */
@Injectable()
export class Listeners {
  private readonly listeners: Listener[] = [];
  private readonly addresses = new Map<string, Address>();

  add(listener: Listener) {
    this.listeners.push(listener);
  }

  /** Undefined while it does not accept. */
  addressOf(name: string): Address | undefined {
    return this.addresses.get(name);
  }

  get areOpen(): boolean {
    return this.listeners.length > 0 && this.addresses.size === this.listeners.length;
  }

  async open(): Promise<ReadonlyMap<string, Address>> {
    for (const listener of this.listeners) {
      const { name, wanted } = listener;
      const port = await listener.listen().catch((error: unknown) => {
        const reason = REASON[systemCode(error) ?? ''] ?? String(error);
        const settings = `GENT_${name.toUpperCase()}_HOST and GENT_${name.toUpperCase()}_PORT`;
        throw new Refusal(`${name} cannot listen on ${at(wanted)}: ${reason}. Look at ${settings}`);
      });
      this.addresses.set(name, { host: wanted.host, port });
    }
    return this.addresses;
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.addresses.clear();
    await Promise.allSettled(this.listeners.map((listener) => listener.drain(deadline)));
  }
}

const REASON: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use, choose another or end what uses it',
  EACCES: 'the port needs more rights, choose one from 1024 on or give the process CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host cannot be looked up',
};

/** For a URL: IPv6 in brackets. */
export const at = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

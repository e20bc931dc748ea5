import type { Sent } from './client.js';
import type { Relay } from './relay.js';
import type { Mail } from './transaction.js';

/** What the thread is begun with; `dnsServers` is null for those of the system. */
export type Settings = Readonly<{
  dnsServers: readonly string[] | null;
  name: string;
  port: number;
  allowPrivate: boolean;
  relay: Relay | null;
}>;

/** To the hosts of a domain, or with null to the relay. */
export type Job = Readonly<{ domain: string | null; mail: Mail }>;

export type ToThread = Readonly<
  { jobs: readonly Readonly<{ id: number; job: Job }>[] } | { stop: number } | 'close'
>;

/** `failure`: why nobody knows whether it was accepted. */
export type Result = Readonly<{ id: number } & ({ sent: Sent } | { failure: string })>;
export type FromThread = Readonly<{ results: readonly Result[] } | { warning: string }>;

import { JobThread } from '#platform/threads/job-thread';
import type { Sent } from './client.js';
import type { Relay } from './relay.js';
import type { Mail } from './transaction.js';

/**
 * What the thread is begun with. `dnsServers`: null for those of the system. `folder`: for what it is to remember
 * after its end, or null.
 */
export type Settings = Readonly<{
  dnsServers: readonly string[] | null;
  name: string;
  port: number;
  allowPrivate: boolean;
  folder: string | null;
  relay: Relay | null;
}>;

/** To the hosts of a domain, or with null to the relay. */
export type Job = Readonly<{ domain: string | null; mail: Mail }>;

const HEAP_MB = 256;

/**
 * An `SmtpClient` in a thread of its own, so that what encryption costs, and whatever peers say, holds up nobody else.
 * A job rejects only where the message may have been accepted without our hearing it.
 */
export const clientThread = (settings: Settings, warn: (text: string) => void) =>
  new JobThread<Job, Sent>({
    script: new URL('./client-worker.js', import.meta.url),
    name: 'smtp client',
    heapMb: HEAP_MB,
    workerData: settings,
    warn,
  });

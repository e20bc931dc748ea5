import { JobThread } from '#platform/process/job-thread';
import { givenAway } from '#platform/process/own-memory';
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

const HEAP_MB = 256;

/**
 * An `SmtpClient` in a thread of its own, so that what encryption costs, and whatever peers say, holds up nobody
 * else.
 */
export class ClientThread {
  private readonly thread: JobThread<Job, Sent>;

  constructor(settings: Settings, warn: (text: string) => void) {
    const script = new URL('./client-worker.js', import.meta.url);
    this.thread = new JobThread({ script, name: 'smtp client', heapMb: HEAP_MB, workerData: settings, warn });
  }

  /**
   * Rejects only where the message may have been accepted without our hearing it. Its content is given away: nobody
   * may read it afterwards.
   */
  send(job: Job, signal: AbortSignal): Promise<Sent> {
    return this.thread.run(job, givenAway([job.mail.content]), signal);
  }

  /** After the last message: says goodbye to the peers that wait for another. */
  close(): Promise<void> {
    return this.thread.close();
  }
}

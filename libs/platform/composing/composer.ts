import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { unavailable } from '#kernel/errors';
import type { SigningKey } from '#mail/authentication/sign';
import type { Draft } from '#mail/message/compose';
import { isThreadLost, JobThread } from '#platform/threads/job-thread';
import { givenAway } from '#platform/threads/own-memory';

/** `at`: of the signature, ISO 8601. */
export type Job = Readonly<{ draft: Draft; key: SigningKey; at: string }>;

/** `raw` is what goes out, byte for byte; the others are what is shown of its text. */
export type Composed = Readonly<{ raw: Uint8Array; replyText: string; snippet: string }>;

/** HTML that is to be said in plain text. */
export type Html = Readonly<{ html: string }>;
export type Plain = Readonly<{ plain: string }>;

const HEAP_MB = 256;

/** Writes and signs mail in a thread of its own: neither RSA nor a large attachment holds up anybody else. */
@Injectable()
export class Composer implements OnApplicationShutdown {
  private readonly thread: JobThread<Job | Html, Composed | Plain>;

  constructor() {
    const script = new URL('./compose-worker.js', import.meta.url);
    const logger = new Logger(Composer.name);
    const warn = (text: string) => logger.warn(text);
    this.thread = new JobThread({ script, name: 'compose', heapMb: HEAP_MB, warn });
  }

  /**
   * The content of its attachments is given away: nobody may read it afterwards. Throws `store-unavailable` when its
   * thread was lost: that is tried again by who has the content.
   */
  async compose(job: Job): Promise<Composed> {
    const attachments = job.draft.attachments ?? [];
    const given = givenAway(attachments.map(({ content }) => content));
    return (await this.thread.run(job, given).catch(refuseLost)) as Composed;
  }

  /** What HTML says, which takes a second where there are megabytes of it; throws as `compose` does. */
  async textOf(html: string): Promise<string> {
    return ((await this.thread.run({ html }).catch(refuseLost)) as Plain).plain;
  }

  async onApplicationShutdown() {
    await this.thread.close();
  }
}

const refuseLost = (error: unknown): never => {
  if (!isThreadLost(error)) throw error;
  throw unavailable('store-unavailable', 'It cannot be written just now, so nothing was sent; try again');
};

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { SigningKey } from '#mail/authentication/sign';
import type { Draft } from '#mail/message/compose';
import { JobThread } from '#platform/threads/job-thread';
import { givenAway } from '#platform/threads/own-memory';

/** `at`: of the signature, ISO 8601. */
export type Job = Readonly<{ draft: Draft; key: SigningKey; at: string }>;

/** `raw` is what goes out, byte for byte; the others are what is shown of its text. */
export type Composed = Readonly<{ raw: Uint8Array; replyText: string; snippet: string }>;

const HEAP_MB = 256;

/** Writes and signs mail in a thread of its own: neither RSA nor a large attachment holds up anybody else. */
@Injectable()
export class Composer implements OnApplicationShutdown {
  private readonly thread: JobThread<Job, Composed>;

  constructor() {
    const script = new URL('./compose-worker.js', import.meta.url);
    const logger = new Logger(Composer.name);
    const warn = (text: string) => logger.warn(text);
    this.thread = new JobThread({ script, name: 'compose', heapMb: HEAP_MB, warn });
  }

  /** The content of its attachments is given away: nobody may read it afterwards. */
  compose(job: Job): Promise<Composed> {
    const attachments = job.draft.attachments ?? [];
    return this.thread.run(job, givenAway(attachments.map(({ content }) => content)));
  }

  async onApplicationShutdown() {
    await this.thread.close();
  }
}

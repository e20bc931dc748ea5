import { setImmediate } from 'node:timers/promises';
import { dkimSignature } from '#mail/authentication/sign';
import { compose } from '#mail/message/compose';
import { textOfHtml } from '#mail/message/html-text';
import { replyText } from '#mail/message/reply-text';
import { snippetOf } from '#mail/message/snippet';
import { serveJobs } from '#platform/threads/job-worker';
import { givenAway, joined } from '#platform/threads/own-memory';
import type { Composed, Html, Job, Plain } from './composer.js';

/** Other messages get their turn after this much of a body. */
const TURN_BYTES = 1024 * 1024;

/** Runs in a thread of its own. */
serveJobs<Job | Html, Composed | Plain>({
  run: async (job) => {
    if ('html' in job) return { plain: textOfHtml(job.html) };
    const { draft, key, at } = job;
    const { header, body } = compose(draft);
    const chunks: Buffer[] = [];
    let sinceTurn = 0;
    for (const chunk of body) {
      chunks.push(chunk);
      sinceTurn += chunk.length;
      if (sinceTurn < TURN_BYTES) continue;
      sinceTurn = 0;
      await setImmediate();
    }
    const signature = await dkimSignature(header, chunks, key, at);
    const pieces = [Buffer.from(`${signature}${header}\r\n`, 'utf8'), ...chunks];
    const text = draft.text ?? '';
    return { raw: joined(pieces), replyText: replyText(text), snippet: snippetOf(text) };
  },
  given: (result) => ('raw' in result ? givenAway([result.raw]) : []),
});

import { parentPort } from 'node:worker_threads';
import { bufferOf } from '#mail/bytes';
import { HEAD_BYTES, unknown, verify, type Authentication } from '#mail/authentication/verify';
import { headOf, readSpooled, type SpoolSource } from '#platform/spool/spool';
import { Answers } from './answers.js';
import { Batch } from '#platform/threads/batch';
import { standBack } from '#platform/threads/stand-back';
import type { FromThread, Job, ToThread } from './protocol.js';

/** Runs in a thread of its own: messages come in, verdicts go out, questions to DNS go out and come back answered. */
const port = parentPort!;
standBack();
const send = ({ questions = [], results = [] }: Partial<FromThread>) =>
  port.postMessage({ questions, results } satisfies FromThread);
const questions = new Batch<FromThread['questions'][number]>((all) => send({ questions: all }));
const results = new Batch<FromThread['results'][number]>((all) => send({ results: all }));
const answers = new Answers((id, name, rrtype) => questions.add({ id, name, rrtype }));

/** What is in memory needs no reading. */
const headIn = (source: SpoolSource): Buffer | Promise<Buffer> =>
  source instanceof Uint8Array
    ? bufferOf(source).subarray(0, HEAD_BYTES)
    : headOf(readSpooled(source), HEAD_BYTES);

const check = async ({ envelope, source, timeMs, at }: Job): Promise<Authentication> => {
  const message = { head: await headIn(source), content: readSpooled(source) };
  return verify(message, envelope, answers.resolve, { timeMs, at });
};

port.on('message', (message: ToThread) => {
  for (const { id, answer } of message.answers) answers.give(id, answer);
  for (const { id, job } of message.jobs)
    // Who sent it may have taken it away meanwhile.
    void check(job)
      .catch(unknown)
      .then((authentication) => results.add({ id, authentication }));
});

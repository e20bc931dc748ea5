import { parentPort } from 'node:worker_threads';
import { HEAD_BYTES, unknown, verify, type Resolver } from '#mail/authentication/verify';
import { headOf, readSpooled } from '#platform/spool/spool';
import type { FromThread, Job, ToThread } from './protocol.js';

/** Runs in a thread of its own: messages come in, verdicts go out, questions to DNS go out and come back answered. */
const port = parentPort!;
const send = (message: FromThread) => port.postMessage(message);

const open = new Map<number, PromiseWithResolvers<unknown[]>>();
let asked = 0;

const ask = (name: string, rrtype: string): Promise<unknown[]> => {
  const answer = Promise.withResolvers<unknown[]>();
  const id = (asked += 1);
  open.set(id, answer);
  send({ type: 'question', id, name, rrtype });
  return answer.promise;
};

/** The look-ups have a cache of their own; this one spares the way to it to messages that come together. */
const LATELY_MS = 1_000;
const LATELY_MOST = 5_000;
const lately = new Map<string, Promise<unknown[]>>();
let since = 0;

const resolver: Resolver = (name, rrtype) => {
  if (performance.now() - since > LATELY_MS || lately.size >= LATELY_MOST) {
    lately.clear();
    since = performance.now();
  }
  const key = `${rrtype} ${name.toLowerCase()}`;
  const known = lately.get(key);
  if (known) return known;
  const answer = ask(name, rrtype);
  lately.set(key, answer);
  return answer;
};

const check = async ({ envelope, source, timeMs }: Job) => {
  const head = await headOf(readSpooled(source), HEAD_BYTES);
  return verify(head, readSpooled(source), envelope, resolver, timeMs);
};

port.on('message', async (message: ToThread) => {
  if (message.type === 'check') {
    // Who sent it may have taken it away meanwhile.
    const authentication = await check(message.job).catch(unknown);
    return send({ type: 'result', id: message.id, authentication });
  }
  const question = open.get(message.id);
  open.delete(message.id);
  if (message.type === 'records') question?.resolve(message.records);
  else question?.reject(Object.assign(new Error('No answer'), { code: message.code }));
});

import { parentPort } from 'node:worker_threads';
import { HEAD_BYTES, verify, type Resolver } from '#mail/authentication/verify';
import { headOf, readSpooled } from '#platform/spool/spool';
import type { FromThread, Job, ToThread } from './protocol.js';

/** Runs in a thread of its own: messages come in, verdicts go out, questions to DNS go out and come back answered. */
const port = parentPort!;
const send = (message: FromThread) => port.postMessage(message);

const open = new Map<number, PromiseWithResolvers<unknown[]>>();
let asked = 0;

const resolver: Resolver = (name, rrtype) => {
  const answer = Promise.withResolvers<unknown[]>();
  const id = (asked += 1);
  open.set(id, answer);
  send({ type: 'question', id, name, rrtype });
  return answer.promise;
};

const check = async (id: number, { envelope, source, timeMs }: Job) => {
  const head = await headOf(readSpooled(source), HEAD_BYTES);
  const authentication = await verify(head, readSpooled(source), envelope, resolver, timeMs);
  send({ type: 'result', id, authentication });
};

port.on('message', (message: ToThread) => {
  if (message.type === 'check') return void check(message.id, message.job);
  const question = open.get(message.id);
  open.delete(message.id);
  if (message.type === 'records') question?.resolve(message.records);
  else question?.reject(Object.assign(new Error('No answer'), { code: message.code }));
});

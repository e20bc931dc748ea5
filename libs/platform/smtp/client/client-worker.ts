import { parentPort, workerData } from 'node:worker_threads';
import { reasonOf } from '#kernel/errors';
import { bufferOf } from '#mail/message/header';
import { stubResolver } from '#platform/dns/stub-resolver';
import { Egress } from '#platform/egress/egress';
import { Batch } from '#platform/process/batch';
import { forAll, SmtpClient, type Sent } from './client.js';
import { StsPolicies } from './mta-sts.js';
import type { FromThread, Job, Result, Settings, ToThread } from './thread-protocol.js';
import { found } from './verdict.js';

/** Runs in a thread of its own, and looks names up by itself. */
const port = parentPort!;
const { dnsServers, relay, ...settings } = workerData as Settings;
const send = (message: FromThread) => port.postMessage(message);
const results = new Batch<Result>((all) => send({ results: all }));

const NO_RELAY = found('deferred', '4.3.5', 'network', 'There is no relay');

const now = () => new Date();
const dns = stubResolver(dnsServers);
const egress = new Egress(dns, settings.allowPrivate);
const sts = new StsPolicies(
  dns,
  egress,
  () => Date.now(),
  (warning) => send({ warning }),
);
const client = new SmtpClient({ ...settings, dns, sts, now });
const underWay = new Map<number, AbortController>();

const handOver = async ({ domain, mail: given }: Job, signal: AbortSignal): Promise<Sent> => {
  const mail = { ...given, content: bufferOf(given.content) };
  if (domain !== null) return client.send(domain, mail, signal);
  // What was queued for a relay waits for the operator to name one again.
  return relay ? client.relay(relay, mail, signal) : forAll(mail, NO_RELAY, null);
};

const run = async (id: number, job: Job) => {
  const stopping = new AbortController();
  underWay.set(id, stopping);
  try {
    results.add({ id, sent: await handOver(job, stopping.signal) });
  } catch (error) {
    results.add({ id, failure: reasonOf(error) });
  } finally {
    underWay.delete(id);
  }
};

port.on('message', (message: ToThread) => {
  if (message === 'close') {
    client.close();
    port.close();
  } else if ('stop' in message) underWay.get(message.stop)?.abort();
  else for (const { id, job } of message.jobs) void run(id, job);
});

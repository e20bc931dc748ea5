import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { bufferOf } from '#mail/bytes';
import { stubResolver } from '#platform/dns/stub-resolver';
import { Egress } from '#platform/egress/egress';
import { serveJobs, warn } from '#platform/threads/job-worker';
import { forAll, SmtpClient, type Sent } from './client.js';
import type { Job, Settings } from './client-thread.js';
import { StsPolicies } from './mta-sts.js';
import { StsMemory } from './sts-memory.js';
import { found } from './verdict.js';

const NO_RELAY = found('deferred', '4.3.5', 'network', 'There is no relay');

/** Runs in a thread of its own, and looks names up by itself. */
const { dnsServers, relay, folder, ...settings } = workerData as Settings;
const dns = stubResolver(dnsServers);
const memory = new StsMemory(folder && join(folder, 'mta-sts.db'), warn);
const sts = new StsPolicies(dns, new Egress(dns, settings.allowPrivate), memory, () => Date.now(), warn);
const client = new SmtpClient({ ...settings, dns, sts, now: () => new Date() });

serveJobs<Job, Sent>({
  run: async ({ domain, mail: given }, stopping) => {
    const mail = { ...given, content: bufferOf(given.content) };
    if (domain !== null) return client.send(domain, mail, stopping);
    // What was queued for a relay waits for the operator to name one again.
    return relay ? client.relay(relay, mail, stopping) : forAll(mail, NO_RELAY, null);
  },
  close: () => {
    client.close();
    memory.close();
  },
});

import { randomUUID } from 'node:crypto';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { EmbeddedVault } from '#platform/vault/embedded/vault';
import { FixedClock } from './context.js';

/** A process of its own: `node write-until-killed.js folder`. A line for each event once it is acknowledged. */
const [, , folder = ''] = process.argv;
const store = await EmbeddedEventStore.open(folder);
const vault = await EmbeddedVault.open({ folder, masterKey: Buffer.alloc(32, 7), clock: new FixedClock() });

const write = async () => {
  for (;;) {
    const stream = `counter-${randomUUID()}`;
    const owner = { scope: { tenantId: 'ten_acme' }, subject: stream };
    const { blobId } = await vault.blobs.put(
      owner,
      Buffer.alloc(Math.random() < 0.1 ? 300_000 : 3_000, stream),
    );
    const $sealed = await vault.personalData.seal(owner, { stream });
    await store.append(stream, 'no-stream', [
      {
        type: 'Counted',
        id: randomUUID(),
        data: { blobId, $sealed },
        metadata: {
          schemaVersion: 1,
          occurredAt: '2026-01-01T00:00:00.000Z',
          $correlationId: stream,
          $causationId: stream,
          actor: { type: 'system', id: 'spec' },
          tenantId: 'ten_acme',
        },
      },
    ]);
    process.stdout.write(`${stream}\n`);
  }
};

await Promise.all(Array.from({ length: 8 }, write));

import 'reflect-metadata';
import { features } from '#apps/features';
import { join } from 'node:path';
import type { Position } from '#kernel/event-store';
import { collectionOf } from '#kernel/projection';
import { SystemClock } from '#platform/clock/clock';
import { Codec } from '#platform/event-sourcing/codec';
import { Features } from '#platform/event-sourcing/features';
import { partsOf } from '#platform/event-sourcing/module';
import { BulkRebuilder } from '#platform/event-sourcing/rebuild';
import { SagaCheckpoint } from '#platform/event-sourcing/saga-checkpoint';
import { EmbeddedEventStore } from '#platform/event-store/embedded/event-store';
import { EmbeddedReadStore } from '#platform/read-store/embedded/embedded-read-store';
import { EmbeddedVault } from '#platform/vault/embedded/vault';
import { loadMasterKey } from '#platform/vault/master-key';
import { writeMails } from './mails.js';

/** The stores of a data folder, open without a program. */
export class History {
  private constructor(
    readonly declared: Features,
    private readonly folder: string,
    private readonly vault: EmbeddedVault,
    private readonly log: EmbeddedEventStore,
    private readonly codec: Codec,
  ) {}

  static async open(folder: string): Promise<History> {
    const declared = new Features();
    for (const parts of partsOf(features)) declared.add(parts);
    const masterKey = await loadMasterKey(folder, null);
    const vault = await EmbeddedVault.open({ folder, masterKey, clock: new SystemClock(0) });
    const log = await EmbeddedEventStore.open(folder);
    return new History(declared, folder, vault, log, new Codec(declared, vault.personalData));
  }

  /** How many events. */
  write(size: Readonly<{ messages: number; inboxes: number }>): Promise<number> {
    return writeMails(this.log, this.codec, size);
  }

  /** All views from the log, as a rebuild does it: one reading, each event opened once, indexes last. Milliseconds. */
  async replay(): Promise<Readonly<{ foldedMs: number; indexedMs: number }>> {
    const documents = new EmbeddedReadStore(join(this.folder, 'views'));
    const twins = [];
    const begin = performance.now();
    for (const view of this.declared.projections) {
      await documents.prepare(collectionOf(view), Object.values(view.queries));
      twins.push({ view, collection: await documents.twin(collectionOf(view)) });
    }
    await new BulkRebuilder(this.log, this.codec, documents).fill(twins, await this.log.head());
    const folded = performance.now();
    for (const { view, collection } of twins) await documents.swap(collectionOf(view), collection);
    await documents.close();
    return { foldedMs: folded - begin, indexedMs: performance.now() - folded };
  }

  /** Whatever sagas do about all that is done. */
  async settle(): Promise<void> {
    const position: Position = await this.log.head();
    for (const { name } of this.declared.sagas)
      await new SagaCheckpoint(name, this.log, new SystemClock(0)).save(
        () => ({ position, parked: [] }),
        true,
      );
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.vault.close();
  }
}

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { EventStore, START, type Committed, type LogBatch, type Position } from '#kernel/event-store';
import type { Event } from '#kernel/messages';
import { Clock } from '#platform/clock/clock';
import { Features } from '#platform/event-sourcing/features';
import { Progress } from '#platform/event-sourcing/progress';
import { Subscriptions } from '#platform/event-sourcing/subscriptions';
import { SearchIndex, type Searchable } from './search-index.js';
import {
  followerOf,
  indexOf,
  type AnySearchable,
  type SearchableEvents,
  type SearchedContent,
} from './searchable.js';

/** Of one document in the index; what lies behind that is not found. */
const MOST_BYTES = 64 * 1024;
/** Documents that are written, and contents that are read, at once. */
const AT_ONCE = 256;
const READS_AT_ONCE = 8;
/** Characters, give or take one reading, that are written at once: whoever searches meanwhile has to wait for them. */
const WRITTEN_AT_ONCE = 512 * 1024;
/** After a write: what comes meanwhile shares the next transaction, and so a segment of the index. */
const PAUSE_MS = 250;
/** Batches without anything to index until the place is noted. */
const IDLE_BATCHES = 100;

/** Keeps the search indexes, each at its own pace, behind the log. */
@Injectable()
export class Indexer implements OnApplicationBootstrap {
  constructor(
    private readonly features: Features,
    private readonly subscriptions: Subscriptions,
    private readonly index: SearchIndex,
    private readonly log: EventStore,
    private readonly progress: Progress,
    private readonly modules: ModuleRef,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap() {
    for (const each of this.features.searchables) {
      const [name, follower] = [indexOf(each), followerOf(each)];
      await this.index.prepare(name, each.fields, await this.log.head());
      let idle = 0;
      this.subscriptions.follow({
        name: follower,
        types: new Set(Object.keys(each.on)),
        reveal: true,
        from: async () => {
          const checkpoint = (await this.index.checkpoint(name)) ?? START;
          this.progress.advance(follower, checkpoint);
          return checkpoint;
        },
        handle: async (batch) => {
          idle = batch.events.length > 0 ? 0 : idle + 1;
          if (idle === 0 || idle % IDLE_BATCHES === 0) await this.apply(each, batch);
          this.progress.advance(follower, batch.upTo);
          if (idle === 0) await this.pause(follower);
        },
        idle: async () => undefined,
      });
    }
  }

  /** Cut short where somebody waits for his answer. */
  private async pause(follower: string) {
    const over = new AbortController();
    const end = () => over.abort(null);
    this.subscriptions.stopping.addEventListener('abort', end, { once: true });
    this.progress.whenUrgent(follower, end);
    await this.clock.sleep(PAUSE_MS, over.signal).catch(() => undefined);
    this.subscriptions.stopping.removeEventListener('abort', end);
  }

  private async apply(each: AnySearchable, { events, upTo }: LogBatch) {
    for (let at = 0; at === 0 || at < events.length; at += AT_ONCE) {
      const part = events.slice(at, at + AT_ONCE);
      const isLast = at + AT_ONCE >= events.length;
      await this.write(each, part, isLast ? upTo : (part.at(-1)?.position ?? START));
    }
  }

  /** The later of two events of a document says what it is. */
  private async write(each: AnySearchable, events: readonly Committed[], checkpoint: Position) {
    let documents = new Map<string, Searchable | null>();
    let size = 0;
    for (let at = 0; at < events.length; at += READS_AT_ONCE) {
      const some = events.slice(at, at + READS_AT_ONCE);
      for (const [key, document] of await Promise.all(some.map((event) => this.documentOf(each, event)))) {
        documents.set(key, document);
        for (const text of Object.values(document?.fields ?? {})) size += text.length;
      }
      if (size < WRITTEN_AT_ONCE) continue;
      await this.index.write(indexOf(each), documents, some.at(-1)?.position ?? START);
      documents = new Map();
      size = 0;
    }
    await this.index.write(indexOf(each), documents, checkpoint);
  }

  private async documentOf(
    { on, content }: AnySearchable,
    event: Committed,
  ): Promise<readonly [string, Searchable | null]> {
    const fold = (on as SearchableEvents<Event, unknown>['on'])[event.type];
    if (!fold) throw new Error(`Nothing is searched in ${event.type}`);
    const { key, document } = fold(event);
    if (!document || event.erased) return [key, null];
    const reader: SearchedContent<unknown> = this.modules.get(content, { strict: false });
    const fields = bounded({ ...document.fields, ...(await reader.fields(document.content)) });
    const { tenantId, inboxId } = event.metadata;
    return [key, { scope: { tenantId, inboxId }, at: document.at, fields }];
  }
}

/** Field by field, as far as there is room. */
const bounded = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  let room = MOST_BYTES;
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => {
      const cut = text.slice(0, Math.max(0, room));
      room -= Buffer.byteLength(cut);
      return [name, cut];
    }),
  );
};

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { isWithin, type Scope } from '#kernel/context';
import { Clock } from '#platform/clock/clock';
import { Scheduler } from '#platform/scheduler/scheduler';
import { later } from '#platform/time/later';
import { Blobs } from './blobs.js';
import { PersonalData } from './personal-data.js';
import { jsonBytes, readJson, Records } from './records.js';

/** `sha256`: hex. */
export type Upload = Readonly<{
  uploadId: string;
  filename: string;
  contentType: string;
  size: number;
  sha256: string;
}>;
type Stored = Upload & Readonly<{ scope: Scope; blobId: string; expiresAt: string }>;

const KEPT_MS = 24 * 3_600_000;
const SWEEP_MS = 15 * 60_000;
const KIND = 'upload/';

/**
 * Content that is sent ahead of the request that uses it. Whoever uses it copies it under an owner of his own;
 * after 24 hours it is gone, key and all.
 */
@Injectable()
export class Uploads implements OnApplicationBootstrap {
  constructor(
    private readonly blobs: Blobs,
    private readonly personalData: PersonalData,
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly scheduler: Scheduler,
  ) {}

  onApplicationBootstrap() {
    this.scheduler.start({ name: 'uploads', everyMs: SWEEP_MS, run: (stopping) => this.sweep(stopping) });
  }

  /** `uploadId`: a typed ULID, so that the oldest come first. Above `limit` bytes: `blob-too-large`. */
  async put(
    scope: Scope,
    file: Pick<Upload, 'uploadId' | 'filename' | 'contentType'>,
    content: AsyncIterable<Uint8Array>,
    limit: number,
  ): Promise<Upload> {
    const { tenantId, inboxId } = scope;
    const hash = createHash('sha256');
    const owner = { scope: { tenantId, inboxId }, subject: file.uploadId };
    const { blobId, size } = await this.blobs.put(owner, hashed(content, hash), limit);
    const upload: Upload = { ...file, size, sha256: hash.digest('hex') };
    const expiresAt = later(this.clock.now(), KEPT_MS);
    const stored: Stored = { ...upload, scope: owner.scope, blobId, expiresAt };
    await this.records.put(KIND + file.uploadId, jsonBytes(stored));
    return upload;
  }

  /** Null: unknown, expired or somebody else's. */
  async get(scope: Scope, uploadId: string): Promise<Upload | null> {
    return this.stored(scope, uploadId);
  }

  async open(scope: Scope, uploadId: string): Promise<Readable | null> {
    const stored = await this.stored(scope, uploadId);
    return stored && this.blobs.open(stored.blobId);
  }

  private async stored(scope: Scope, uploadId: string): Promise<Stored | null> {
    const stored = await readJson<Stored>(this.records, KIND + uploadId);
    if (!stored || !isWithin(stored.scope, scope) || stored.expiresAt <= this.clock.now()) return null;
    return stored;
  }

  /** The oldest first, until one that is still good. */
  private async sweep(stopping: AbortSignal) {
    for (const name of await this.records.list(KIND)) {
      const stored = await readJson<Stored>(this.records, name);
      if (stopping.aborted || (stored && stored.expiresAt > this.clock.now())) return;
      if (stored) {
        await this.personalData.erase({ scope: stored.scope, subject: stored.uploadId });
        await this.blobs.delete(stored.blobId);
      }
      await this.records.delete(name);
    }
  }
}

async function* hashed(content: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}

@Module({ providers: [Uploads], exports: [Uploads] })
export class UploadsModule {}

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Scope } from '#kernel/context';
import { DomainError } from '#kernel/errors';
import type { Clock } from '#platform/clock/clock';
import { Blobs, type BlobRef, type Part } from '#platform/vault/blobs';
import { PersonalData, type Owner, type Sealed } from '#platform/vault/personal-data';
import { Records, type PutOptions, type StoredRecord } from '#platform/vault/records';
import { FixedClock } from './context.js';

const pathOf = ({ scope: { tenantId, inboxId = '' }, subject }: Owner) => `${tenantId}/${inboxId}/${subject}`;

/** Seals by keeping: the log holds a handle, and nothing that could be read. */
export class InMemoryPersonalData extends PersonalData {
  private readonly subjects = new Map<string, Map<string, object>>();
  private count = 0;
  erasures = 0;
  /** Called with the path of whatever is erased; that of a scope ends with a slash. */
  readonly onErasure: ((path: string) => void)[] = [];

  async seal(owner: Owner, fields: object): Promise<Sealed> {
    const path = pathOf(owner);
    const kept = this.subjects.get(path) ?? new Map<string, object>();
    this.subjects.set(path, kept);
    const handle = String((this.count += 1));
    kept.set(handle, JSON.parse(JSON.stringify(fields)));
    return { path, handle };
  }

  async open({ path = '', handle = '' }: Sealed): Promise<object | 'erased'> {
    return this.subjects.get(path)?.get(handle) ?? 'erased';
  }

  async erase(owner: Owner): Promise<void> {
    this.forget(pathOf(owner));
  }

  async eraseScope({ tenantId, inboxId }: Scope): Promise<void> {
    this.forget(inboxId ? `${tenantId}/${inboxId}/` : `${tenantId}/`);
  }

  private forget(erased: string) {
    for (const path of this.subjects.keys()) if (isWithin(path, erased)) this.subjects.delete(path);
    this.erasures += 1;
    for (const tell of this.onErasure) tell(erased);
  }
}

const isWithin = (path: string, erased: string): boolean =>
  erased.endsWith('/') ? path.startsWith(erased) : path === erased;

type Kept = Readonly<{ path: string; content: Buffer }>;

/** With the keys beside it, it forgets what was erased there. */
export class InMemoryBlobs extends Blobs {
  private readonly blobs = new Map<string, Kept>();

  constructor(personalData?: InMemoryPersonalData) {
    super();
    personalData?.onErasure.push((erased) => {
      for (const [blobId, { path }] of this.blobs) if (isWithin(path, erased)) this.blobs.delete(blobId);
    });
  }

  async put(
    owner: Owner,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    limit = Infinity,
  ): Promise<BlobRef> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > limit) throw new DomainError('blob-too-large', 'invalid', `It has more than ${limit} bytes`);
    }
    const content = Buffer.concat(chunks);
    const path = pathOf(owner);
    const blobId = `blb_${createHash('sha256').update(path).update(content).digest('hex')}`;
    this.blobs.set(blobId, { path, content });
    return { blobId, size };
  }

  async open(blobId: string, part?: Part): Promise<Readable | null> {
    const content = await this.read(blobId);
    return content ? Readable.from([content.subarray(part?.from, part?.to)]) : null;
  }

  async read(blobId: string): Promise<Buffer | null> {
    return this.blobs.get(blobId)?.content ?? null;
  }

  async delete(blobId: string): Promise<void> {
    this.blobs.delete(blobId);
  }
}

export class InMemoryRecords extends Records {
  private readonly records = new Map<string, StoredRecord>();
  private version = 0;

  constructor(private readonly clock: Clock = new FixedClock()) {
    super();
  }

  async get(name: string): Promise<StoredRecord | null> {
    return this.found(name);
  }

  async put(name: string, value: Uint8Array, { expected, expiresAt }: PutOptions = {}): Promise<boolean> {
    const found = this.found(name);
    if (expected === 'absent' ? found : expected !== undefined && found?.version !== expected) return false;
    this.version += 1;
    this.records.set(name, {
      value: Buffer.from(value),
      version: this.version,
      expiresAt: expiresAt ?? null,
    });
    return true;
  }

  async delete(name: string): Promise<void> {
    this.records.delete(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.records.keys()].filter((name) => name.startsWith(prefix) && this.found(name)).sort();
  }

  private found(name: string): StoredRecord | null {
    const found = this.records.get(name);
    const isThere = !found?.expiresAt || Date.parse(found.expiresAt) > Date.parse(this.clock.now());
    return (isThere && found) || null;
  }
}

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Scope } from '#kernel/context';
import { DomainError } from '#kernel/errors';
import { Blobs, type BlobRef } from '#platform/vault/blobs';
import { PersonalData, type Owner, type Sealed } from '#platform/vault/personal-data';
import { Records, type PutOptions, type StoredRecord } from '#platform/vault/records';

const pathOf = ({ scope: { tenantId, inboxId = '' }, subject }: Owner) => `${tenantId}/${inboxId}/${subject}`;

/** Seals by keeping: the log holds a handle, and nothing that could be read. */
export class InMemoryPersonalData extends PersonalData {
  private readonly subjects = new Map<string, object[]>();

  async seal(owner: Owner, fields: object): Promise<Sealed> {
    const path = pathOf(owner);
    const kept = this.subjects.get(path) ?? [];
    this.subjects.set(path, kept);
    return { path, index: String(kept.push(JSON.parse(JSON.stringify(fields))) - 1) };
  }

  async open({ path = '', index }: Sealed): Promise<object | 'erased'> {
    return this.subjects.get(path)?.[Number(index)] ?? 'erased';
  }

  async erase(owner: Owner): Promise<void> {
    this.subjects.delete(pathOf(owner));
  }

  async eraseScope({ tenantId, inboxId }: Scope): Promise<void> {
    const prefix = inboxId ? `${tenantId}/${inboxId}/` : `${tenantId}/`;
    for (const path of this.subjects.keys()) if (path.startsWith(prefix)) this.subjects.delete(path);
  }
}

export class InMemoryBlobs extends Blobs {
  private readonly blobs = new Map<string, Buffer>();

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
    const blobId = `blb_${createHash('sha256').update(pathOf(owner)).update(content).digest('hex')}`;
    this.blobs.set(blobId, content);
    return { blobId, size };
  }

  async open(blobId: string): Promise<Readable | null> {
    const content = this.blobs.get(blobId);
    return content ? Readable.from([content]) : null;
  }

  async read(blobId: string): Promise<Buffer | null> {
    return this.blobs.get(blobId) ?? null;
  }

  async delete(blobId: string): Promise<void> {
    this.blobs.delete(blobId);
  }
}

export class InMemoryRecords extends Records {
  private readonly records = new Map<string, StoredRecord>();

  async get(name: string): Promise<StoredRecord | null> {
    return this.records.get(name) ?? null;
  }

  async put(name: string, value: Uint8Array, { expected, expiresAt }: PutOptions = {}): Promise<boolean> {
    const found = this.records.get(name);
    if (expected === 'absent' ? found : expected !== undefined && found?.version !== expected) return false;
    this.records.set(name, { value, version: (found?.version ?? 0) + 1, expiresAt: expiresAt ?? null });
    return true;
  }

  async delete(name: string): Promise<void> {
    this.records.delete(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.records.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}

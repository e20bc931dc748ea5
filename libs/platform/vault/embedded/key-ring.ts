import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Scope } from '#kernel/context';
import { unavailable } from '#kernel/errors';
import type { GroupCommit } from '#platform/sqlite/group-commit';
import type { Owner } from '#platform/vault/personal-data';
import { newSecret, randomNonce, unseal } from './aead.js';
import type { KeyRow, VaultReader } from './reader.js';
import { wrapping } from './sealed.js';
import type { VaultAnswer, VaultRequest } from './schema.js';

export type VaultWriter = Pick<GroupCommit<VaultRequest, VaultAnswer>, 'submit' | 'isLost'>;

export class DataKey {
  readonly secret: KeyObject;

  constructor(
    readonly id: string,
    /** Of `secret`, for the thread that seals what it stores. */
    readonly bytes: Uint8Array,
    /** Settles when it is durable. Nothing that needs the key may be answered before. */
    readonly stored: Promise<unknown>,
  ) {
    this.secret = createSecretKey(bytes);
  }
}

type Cached = Readonly<{ key: DataKey; until: number }>;

/** How long, and how many, unwrapped keys stay in memory. */
const KEPT_MS = 60_000;
const KEPT = 4_000;

const done = Promise.resolve();

/** `tenant`, `tenant/inbox`, `tenant/inbox/subject`; a subject without an inbox is `tenant//subject`. */
const scopePath = ({ tenantId, inboxId }: Scope): string =>
  [tenantId, ...(inboxId ? [inboxId] : [])].map(encodeURIComponent).join('/');
const ownerPath = ({ scope: { tenantId, inboxId = '' }, subject }: Owner): string =>
  `${encodeURIComponent(tenantId)}/${encodeURIComponent(inboxId)}/${encodeURIComponent(subject)}`;

/** Where the key is that wraps this one; null for the master key. */
const above = (path: string): string | null => {
  const [tenant = '', inbox, subject] = path.split('/');
  if (inbox === undefined) return null;
  return subject === undefined || inbox === '' ? tenant : `${tenant}/${inbox}`;
};

/** The data keys: the master key wraps those of tenants, these those of inboxes, these those of subjects. */
export class KeyRing {
  private readonly cached = new Map<string, Cached>();
  private readonly paths = new Map<string, string>();
  /** Under way to the disk: whoever seals meanwhile uses the same. */
  private readonly creating = new Map<string, DataKey>();
  private readonly erasing = new Map<string, Promise<unknown>>();
  private readonly timer: NodeJS.Timeout;
  private readonly masterKey: KeyObject;
  erasures = 0;

  constructor(
    private readonly reader: VaultReader,
    private readonly writer: VaultWriter,
    private readonly master: Uint8Array,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.masterKey = createSecretKey(master);
    this.timer = setInterval(() => this.expire(), KEPT_MS / 4).unref();
  }

  /** The key of a subject, made where there is none. */
  async of(owner: Owner): Promise<DataKey> {
    const path = ownerPath(owner);
    for (let erasure = this.erasure(path); erasure; erasure = this.erasure(path))
      await erasure.catch(() => undefined);
    return this.at(path);
  }

  /** Undefined when it was erased, or what it is under. */
  byId(id: string): DataKey | undefined {
    const known = this.fresh(this.paths.get(id));
    if (known?.id === id) return known;
    const row = this.reader.key(id);
    return row && this.unwrap(row);
  }

  eraseOwner(owner: Owner): Promise<void> {
    return this.erase(ownerPath(owner));
  }

  eraseScope(scope: Scope): Promise<void> {
    return this.erase(scopePath(scope));
  }

  close() {
    clearInterval(this.timer);
    this.cached.clear();
    this.paths.clear();
  }

  private at(path: string): DataKey {
    const known = this.fresh(path) ?? this.creating.get(path);
    if (known) return known;
    const row = this.reader.keyAt(path);
    return (row && this.unwrap(row)) ?? this.create(path);
  }

  private create(path: string): DataKey {
    const parentPath = above(path);
    const parent = parentPath === null ? undefined : this.at(parentPath);
    // Its time first, so that keys of one time lie together.
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(Date.now()));
    const id = Buffer.concat([time.subarray(2), randomNonce()]).toString('base64url');
    const secret = newSecret();
    const over = parent?.bytes ?? this.master;
    const adding = this.writer.submit(['add-key', { id, path, parent: parent?.id ?? '', secret, over }]);
    const stored = Promise.all([adding.then(mustBeNew), parent?.stored]);
    const key = new DataKey(id, secret, stored);
    this.creating.set(path, key);
    const settled = (isStored: boolean) => {
      if (this.creating.get(path) === key) {
        this.creating.delete(path);
        if (isStored) this.cache(path, key);
      }
    };
    stored.then(
      () => settled(true),
      () => settled(false),
    );
    return key;
  }

  private unwrap({ id, path, parent, wrapped }: KeyRow): DataKey | undefined {
    if (this.erasure(path)) return undefined;
    const over = parent === '' ? this.masterKey : this.byId(parent)?.secret;
    if (!over) return undefined;
    const key = new DataKey(id, unseal(over, wrapped, wrapping(path)), done);
    this.cache(path, key);
    return key;
  }

  /** At once for everybody here; then the disk. What is read from there meanwhile counts as erased. */
  private async erase(path: string): Promise<void> {
    this.erasures += 1;
    this.drop(path);
    const erasure = this.writer.submit(['erase-key', path]);
    this.erasing.set(path, erasure);
    try {
      await erasure;
    } finally {
      if (this.erasing.get(path) === erasure) this.erasing.delete(path);
    }
  }

  private drop(path: string) {
    const isWithin = (other: string) => other === path || other.startsWith(`${path}/`);
    for (const other of this.creating.keys()) if (isWithin(other)) this.creating.delete(other);
    for (const other of this.cached.keys()) if (isWithin(other)) this.forget(other);
  }

  private forget(path: string) {
    const found = this.cached.get(path);
    if (!found) return;
    this.cached.delete(path);
    this.paths.delete(found.key.id);
  }

  private erasure(path: string): Promise<unknown> | undefined {
    if (this.erasing.size === 0) return undefined;
    for (const [erased, settled] of this.erasing)
      if (path === erased || path.startsWith(`${erased}/`)) return settled;
    return undefined;
  }

  private fresh(path: string | undefined): DataKey | undefined {
    const found = path === undefined ? undefined : this.cached.get(path);
    return found && found.until > this.now() ? found.key : undefined;
  }

  private cache(path: string, key: DataKey) {
    this.forget(path);
    this.cached.set(path, { key, until: this.now() + KEPT_MS });
    this.paths.set(key.id, path);
    if (this.cached.size > KEPT) this.expire();
  }

  /** All live equally long, so those to go stand first. */
  private expire() {
    for (const [path, { until }] of this.cached) {
      if (until > this.now() && this.cached.size <= KEPT) return;
      this.forget(path);
    }
  }
}

const mustBeNew = (isNew: VaultAnswer) => {
  if (!isNew) throw unavailable('store-unavailable', 'The key was made elsewhere meanwhile; try again');
};

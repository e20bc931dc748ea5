import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { KeyedQueue } from '#platform/event-sourcing/keyed-queue';
import { Records } from '#platform/vault/records';

/** Each hash takes 19 MiB and a thread that file access needs as well. */
const AT_ONCE = 2;

/** Argon2id (RFC 9106) hashes of the users' passwords, in the vault. */
@Injectable()
export class Passwords {
  private readonly lanes = new KeyedQueue();
  private next = 0;
  /** What the password of an unknown user is compared with, so that he takes as long as a known one. */
  private readonly decoy = hash(randomUUID());

  constructor(private readonly records: Records) {}

  async set(userId: string, password: string): Promise<void> {
    const hashed = await this.inLane(() => hash(normal(password)));
    await this.records.put(nameOf(userId), Buffer.from(hashed));
  }

  /** The version of the password if it is right, else null. */
  async verify(userId: string | null, password: string): Promise<number | null> {
    const stored = userId === null ? null : await this.records.get(nameOf(userId));
    const hashed = stored ? Buffer.from(stored.value).toString() : await this.decoy;
    const isRight = await this.inLane(() => verify(hashed, normal(password)));
    return stored && isRight ? stored.version : null;
  }

  /** A sign-in checks it again at its end: the password may have been changed meanwhile. */
  async isVersion(userId: string, version: number): Promise<boolean> {
    return (await this.records.get(nameOf(userId)))?.version === version;
  }

  private inLane<T>(task: () => Promise<T>): Promise<T> {
    this.next = (this.next + 1) % AT_ONCE;
    return this.lanes.run(String(this.next), task);
  }
}

const nameOf = (userId: string) => `passwords/${userId}`;

/** The same characters however a keyboard composes them (RFC 8265 section 4.2). */
const normal = (password: string) => password.normalize('NFC');

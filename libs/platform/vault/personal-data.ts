import type { Scope } from '#kernel/context';

/** What an event holds in place of its personal fields: nothing that could be read without the key. */
export type Sealed = Readonly<Record<string, string>>;

/** Whose data: the subject (a message, contact, user) has a data key, wrapped by that of its inbox or tenant. */
export type Owner = Readonly<{ scope: Scope; subject: string }>;

/** Port of the vault: a data key for each subject; without the key its fields can never be read again. */
export abstract class PersonalData {
  /** How often something was erased here: after each time, what was opened before must not be used any more. */
  abstract readonly erasures: number;

  /** The key is durable before this settles. */
  abstract seal(owner: Owner, fields: object): Promise<Sealed>;

  abstract open(sealed: Sealed): Promise<object | 'erased'>;

  /** Erases the data key of a subject, and with it its fields and blobs for good. Idempotent. */
  abstract erase(owner: Owner): Promise<void>;

  /** Erases the key of a whole inbox, or of a tenant: everything beneath it goes with it. Idempotent. */
  abstract eraseScope(scope: Scope): Promise<void>;
}

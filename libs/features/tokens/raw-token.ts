import { createHash, randomBytes } from 'node:crypto';

const FORM = /^gent_[A-Za-z0-9_-]{43}$/;

/** What an agent sends; nobody keeps it, and only its digest is known afterwards. */
export const newRawToken = (): string => `gent_${randomBytes(32).toString('base64url')}`;

export const isRawToken = (bearer: string): boolean => FORM.test(bearer);

export const digestOf = (raw: string): string => createHash('sha256').update(raw).digest('base64url');

export const prefixOf = (raw: string): string => raw.slice(0, 9);

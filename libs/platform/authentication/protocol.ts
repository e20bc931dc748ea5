import type { Envelope } from '#mail/authentication/spf';
import type { Authentication } from '#mail/authentication/verify';
import type { SpoolSource } from '#platform/spool/spool';

/** `at`: the time, ISO 8601. */
export type Job = Readonly<{ envelope: Envelope; source: SpoolSource; timeMs: number; at: string }>;

/** Of DNS, in the form of `dns.promises`: records, or the code of an error. */
export type Answer = Readonly<{ records: unknown[]; ttlSeconds: number } | { fault: string }>;

/** What comes up in one turn of the event loop goes together: a message to a thread costs more than what it carries. */
export type ToThread = Readonly<{
  jobs: readonly Readonly<{ id: number; job: Job }>[];
  answers: readonly Readonly<{ id: number; answer: Answer }>[];
}>;

/** The thread knows no DNS of its own. */
export type FromThread = Readonly<{
  questions: readonly Readonly<{ id: number; name: string; rrtype: string }>[];
  results: readonly Readonly<{ id: number; authentication: Authentication }>[];
}>;

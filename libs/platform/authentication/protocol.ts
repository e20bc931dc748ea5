import type { Authentication, Envelope } from '#mail/authentication/verify';
import type { SpoolSource } from '#platform/spool/spool';

export type Job = Readonly<{ envelope: Envelope; source: SpoolSource; timeMs: number }>;

/** To the thread. A `fault` is a code of `dns.promises`. */
export type ToThread =
  | Readonly<{ type: 'check'; id: number; job: Job }>
  | Readonly<{ type: 'records'; id: number; records: unknown[] }>
  | Readonly<{ type: 'fault'; id: number; code: string }>;

/** From the thread, which knows no DNS of its own. */
export type FromThread =
  | Readonly<{ type: 'question'; id: number; name: string; rrtype: string }>
  | Readonly<{ type: 'result'; id: number; authentication: Authentication }>;

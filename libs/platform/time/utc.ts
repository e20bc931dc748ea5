/** How the API shows a moment: `2026-06-06T09:30:00Z`. `instant`: ISO 8601 in UTC, with milliseconds, as stored. */
export const utc = <T extends string | null>(instant: T): T =>
  (instant === null ? null : `${instant.slice(0, 19)}Z`) as T;

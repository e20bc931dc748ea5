import { invalid } from '#kernel/errors';
import { readTime } from './read-time.js';

/** A time that a caller sent as `field`, as ISO 8601 in UTC with milliseconds, the form in which times are stored. */
export const boundOf = (field: string, text: string, zone: string, now: string): string => {
  const moment = readTime(text, zone, now)?.moment.toUTC().toISO();
  if (!moment) throw invalid(field, 'is-time', 'Send a time, such as 2026-06-06T09:00:00Z or "2 days ago"');
  return moment;
};

type Asked = Readonly<{ after?: string; before?: string }>;

/** The bounds of a list that a caller sent, each as `boundOf` reads it. */
export const boundsOf = ({ after, before }: Asked, zone: string, now: string): Asked => ({
  ...(after !== undefined && { after: boundOf('after', after, zone, now) }),
  ...(before !== undefined && { before: boundOf('before', before, zone, now) }),
});

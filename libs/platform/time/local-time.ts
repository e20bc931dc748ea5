import { DateTime, IANAZone } from 'luxon';
import { utc } from './utc.js';

/** `2026-06-06T09:30:00` in the zone, or in UTC with `Z` where there is none. `instant`: ISO 8601, UTC. */
export const shownIn = (zone: string | null, instant: string): string => {
  if (zone === null) return utc(instant);
  const at = DateTime.fromISO(instant, { zone }).startOf('second');
  return at.toISO({ suppressMilliseconds: true, includeOffset: false }) ?? instant;
};

/**
 * The moment of a local date-time: where clocks go forward over it, as much later; where they go back over it, the
 * earlier of the two.
 */
export const momentOf = (local: DateTime, zone: string): DateTime => {
  const wall = local.setZone('utc', { keepLocalTime: true });
  const place = IANAZone.create(zone);
  const read = (near: DateTime) => {
    const offset = place.offset(near.toMillis());
    return { offset, moment: wall.toMillis() - offset * 60_000 };
  };
  const [before, after] = [read(wall.minus({ hours: 26 })), read(wall.plus({ hours: 26 }))];
  const fitting = [before, after].filter(({ offset, moment }) => place.offset(moment) === offset);
  const moment = fitting.length > 0 ? Math.min(...fitting.map((each) => each.moment)) : before.moment;
  return DateTime.fromMillis(moment, { zone });
};

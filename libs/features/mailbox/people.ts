import type { MailAddress } from './events.js';

type Addressed = Readonly<{
  from: MailAddress | null;
  to: readonly MailAddress[];
  cc: readonly MailAddress[];
}>;

/** Enough for any conversation; a mailing to hundreds shows the first of them. */
const MOST = 20;

/** Who writes and who is written to, each address once. */
export const peopleOf = ({ from, to, cc }: Addressed): readonly MailAddress[] =>
  distinct([...(from ? [from] : []), ...to, ...cc]).slice(0, MOST);

/** The first name that comes with an address stays. */
export const distinct = (people: readonly MailAddress[]): readonly MailAddress[] => {
  const byEmail = new Map<string, MailAddress>();
  for (const person of people) {
    const key = person.email.toLowerCase();
    const known = byEmail.get(key);
    if (!known || (!known.name && person.name)) byEmail.set(key, person);
  }
  return [...byEmail.values()];
};

import { conflict, forbidden, type DomainError } from '#kernel/errors';
import type { InboxStatus } from '../inboxes/events.js';
import type { Passage } from '../mailbox/commands.js';

/** What the rules go by, each with the revision at which it was read. */
export type Facts = Readonly<{
  inbox: Readonly<{ status: InboxStatus; revision: string }>;
  /** Null: its domain is not this tenant's any more. */
  domain: Readonly<{ sendingReady: boolean; revision: string }> | null;
  /** Null: no token acts, but a user or the program. */
  token: Readonly<{ requiresApproval: readonly string[]; revision: string }> | null;
}>;

export type Verdict =
  | Readonly<{ verdict: 'send'; passage: Passage }>
  | Readonly<{ verdict: 'hold' | 'refuse'; rule: string; refusal: DomainError }>;

type Objection = Readonly<{ verdict: 'hold' | 'refuse'; refusal: DomainError }>;
type Rule = Readonly<{ id: string; objects: (facts: Facts) => Objection | null }>;

/** The first that objects decides: refusals before what is held, so that nobody approves what cannot be sent. */
const RULES: readonly Rule[] = [
  {
    id: 'inbox-active',
    objects: ({ inbox: { status } }) => (status === 'active' ? null : refuse(INBOX[status])),
  },
  {
    id: 'domain-ready',
    objects: ({ domain }) => (domain?.sendingReady ? null : refuse(NOT_READY)),
  },
  {
    id: 'approval',
    objects: ({ token }) =>
      token?.requiresApproval.includes('email:send') ? { verdict: 'hold', refusal: UNAPPROVED } : null,
  },
];

/** Whether a message may leave, by nothing but its arguments. What it lets pass, and only that, can be queued. */
export const gate = (facts: Facts): Verdict => {
  for (const { id, objects } of RULES) {
    const objection = objects(facts);
    if (objection) return { ...objection, rule: id };
  }
  const revisions = Object.entries(facts).flatMap(([name, fact]) => (fact ? [[name, fact.revision]] : []));
  const passage = { verdict: 'send', rules: RULES.map(({ id }) => id), facts: Object.fromEntries(revisions) };
  return { verdict: 'send', passage: passage as unknown as Passage };
};

const refuse = (refusal: DomainError): Objection => ({ verdict: 'refuse', refusal });

const INBOX: Readonly<Record<Exclude<InboxStatus, 'active'>, DomainError>> = {
  suspended: conflict('inbox-suspended', 'This inbox is suspended: nothing leaves it'),
  closing: conflict('inbox-closing', 'This inbox is being closed'),
  purged: conflict('inbox-purged', 'This inbox is closed'),
};
const NOT_READY = conflict('domain-not-ready', 'The DNS records of this domain do not allow sending for now');
/** Where there is no queue of approvals to hold it in, what needs one cannot go anywhere. */
const UNAPPROVED = forbidden(
  'governance-tier-required',
  'What this token sends needs an approval, and there is no approval queue here: nothing was sent',
);

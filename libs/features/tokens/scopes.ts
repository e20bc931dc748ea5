type AtomicKind = 'read' | 'write' | 'send' | 'delete';
export type ScopeKind = AtomicKind | 'composite';

export type Scope = Readonly<{
  scope: string;
  category: string;
  description: string;
  kind: ScopeKind;
  /** Of a composite: the atomic scopes that it stands for. */
  includes?: readonly string[];
  /** May stand in `requires_approval`. */
  gateable: boolean;
  /** Only owners and admins see and grant it. */
  admin: boolean;
}>;

const ADMIN: readonly string[] = ['approvals:write', 'billing:write', 'audit:read'];
/** Whoever decides on what is held must not be held himself. */
const NEVER_HELD: readonly string[] = ['approvals:write'];

type Grants = Readonly<Record<string, string>>;

/** By category, what each scope grants. */
const GRANTS: Readonly<Record<string, Grants>> = {
  Email: {
    'email:read': 'List and read messages, threads, attachments, raw mail and thread notes',
    'email:send': 'Compose, reply, broadcast and upload content to send; nothing else',
    'email:write': 'Move, flag, label and delete messages; write thread notes, assign threads',
  },
  Contacts: {
    'contacts:read': 'List and read contacts, incoming shares and collaboration',
    'contacts:write': 'Create and update contacts, create and answer shares, hand contacts off',
    'contacts:delete': 'Delete contacts',
  },
  Calendar: {
    'calendar:read': 'List and read events, calendars and suggested events',
    'calendar:write': 'Create and update events and calendars, label events, answer suggestions',
    'calendar:delete': 'Delete events',
  },
  Tasks: {
    'task:read': 'List and read tasks',
    'task:write': 'Create, change and delete tasks',
  },
  Files: {
    'files:read': 'List and read files, create signed links',
    'files:write': 'Create files and folders, change metadata and content, append rows, upload content',
  },
  Labels: {
    'labels:read': 'Read labels, label rules, policies and suggestions',
    'labels:write': 'Create, change and delete labels and label rules',
  },
  Context: {
    'context:read': 'Read timeline, feed, relationships and context groups',
    'context:write': 'Attach and remove entities, rename and merge groups',
  },
  Alerts: {
    'alerts:read': 'Read event notifications, the event list and deliveries',
    'alerts:write': 'Create, change, delete and test event notifications, replay deliveries',
  },
  Workflows: {
    'workflows:read': 'Read workflow rules and runs, sender rules and forwarding',
    'workflows:write': 'Change workflow rules, sender rules and forwarding, validate recipes',
  },
  Sequences: {
    'sequences:read': 'Read sequences and enrollments',
    'sequences:write': 'Create and change sequences, enrol and cancel',
  },
  'Work routes': {
    'work_routes:read': 'Read work routes and their reference',
    'work_routes:write': 'Create, start, cancel and answer work routes',
  },
  Approvals: {
    'approvals:read': 'List and read held actions',
    'approvals:write': 'Approve and reject held actions',
  },
  Billing: {
    'billing:read': 'Read usage and caps',
    'billing:write': 'Reserved; caps are changed by admins',
  },
  Statistics: {
    'stats:read': 'Read aggregate statistics',
  },
  AI: {
    'llm:read': 'Read AI settings, summaries and enrichment',
    'llm:write': 'Change AI and enrichment settings',
  },
  Audit: {
    'audit:read': 'Read and export the audit log',
  },
};

const atomic: readonly Scope[] = Object.entries(GRANTS).flatMap(([category, grants]) =>
  Object.entries(grants).map(([scope, description]) => {
    const kind = scope.slice(scope.indexOf(':') + 1) as AtomicKind;
    const gateable = kind !== 'read' && !NEVER_HELD.includes(scope);
    return { scope, category, description, kind, gateable, admin: ADMIN.includes(scope) };
  }),
);

const grantable = (kinds: readonly ScopeKind[]): readonly string[] =>
  atomic
    .filter(({ category, kind, admin }) => category !== 'Approvals' && !admin && kinds.includes(kind))
    .map(({ scope }) => scope);

const composite = (scope: string, description: string, includes: readonly string[]): Scope => ({
  scope,
  category: 'Composite',
  description,
  kind: 'composite',
  includes,
  gateable: false,
  admin: false,
});

const everything = grantable(['read', 'write', 'send', 'delete']);

/** The whole catalogue, in the order in which it is shown. */
export const SCOPES: readonly Scope[] = [
  ...atomic,
  composite('read', 'Read everything; send, answer and change nothing', grantable(['read'])),
  composite('write', 'Everything but approvals, caps and the audit log', everything),
  composite('full', 'The same as write', everything),
];

const BY_NAME = new Map(SCOPES.map((scope) => [scope.scope, scope]));

export const isScope = (name: unknown): boolean => typeof name === 'string' && BY_NAME.has(name);
export const isGateable = (name: string): boolean => BY_NAME.get(name)?.gateable ?? false;
export const isForAdmins = (name: string): boolean => BY_NAME.get(name)?.admin ?? false;

/** The atomic scopes that a token holds, in the order of the catalogue. */
export const effective = (granted: readonly string[]): readonly string[] => {
  const held = new Set(granted.flatMap((name) => BY_NAME.get(name)?.includes ?? [name]));
  return atomic.map(({ scope }) => scope).filter((scope) => held.has(scope));
};

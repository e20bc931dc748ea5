import { Command } from '#kernel/messages';
import type { InboxConfig, InboxCreated, InboxWebhook } from './events.js';

export const INBOX_ACTIONS = ['suspend', 'resume', 'deactivate', 'reactivate'] as const;
export type InboxAction = (typeof INBOX_ACTIONS)[number];

type InboxChanges = Readonly<
  Partial<{ displayName: string | null; action: InboxAction; ownerUserId: string }>
>;

/** To the handlers that look up domain and address, and from there, with the verdict, to the decider. */
export class CreateInbox extends Command('CreateInbox')<Omit<InboxCreated['data'], 'domain'>> {}
export class RegisterInbox extends Command('RegisterInbox')<InboxCreated['data']> {}
export class RestoreInbox extends Command('RestoreInbox')<{ inboxId: string; domain: string }> {}
export class ReopenInbox extends Command('ReopenInbox')<{ inboxId: string; isDomainVerified: boolean }> {}

export class ChangeInbox extends Command('ChangeInbox')<{ inboxId: string; changes: InboxChanges }> {}
export class CloseInbox extends Command('CloseInbox')<{ inboxId: string; now: string }> {}
/** Fired by the timer of the closing that set this very moment. */
export class PurgeInbox extends Command('PurgeInbox')<{ inboxId: string; purgeAt: string }> {}
/** A webhook without a `secretId` keeps its secret. */
export type InboxConfigChanges = Readonly<
  Partial<Omit<InboxConfig, 'webhook'>> & {
    webhook?: (Omit<InboxWebhook, 'secretId'> & { secretId?: string | null }) | null;
  }
>;
type Configuration = { inboxId: string; changes: InboxConfigChanges };

/** `secret`: the new one of the webhook, on its way to the vault. */
export class ConfigureInbox extends Command('ConfigureInbox')<Configuration & { secret?: string }> {}
export class ChangeInboxConfig extends Command('ChangeInboxConfig')<Configuration> {}
export type InboxCommand =
  RegisterInbox | ChangeInbox | CloseInbox | ReopenInbox | PurgeInbox | ChangeInboxConfig;

/** Everything that the vault holds of a purged inbox, and then its address. */
export class EraseInbox extends Command('EraseInbox')<{ inboxId: string; address: string }, void> {}

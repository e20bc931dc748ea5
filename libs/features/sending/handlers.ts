import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context, Scope } from '#kernel/context';
import { invalid } from '#kernel/errors';
import type { Issued } from '#kernel/messages';
import type { Draft, DraftAttachment } from '#mail/message/compose';
import { Composer } from '#platform/composing/composer';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Blobs } from '#platform/vault/blobs';
import type { Owner } from '#platform/vault/personal-data';
import { jsonBytes } from '#platform/vault/records';
import { Uploads } from '#platform/vault/uploads';
import { verifiedDomains, type VerifiedDomain } from '../domains/read-model.js';
import { inboxes } from '../inboxes/read-model.js';
import { QueueMessage } from '../mailbox/commands.js';
import type { Attachment } from '../mailbox/events.js';
import { messages, type MessageView } from '../mailbox/read-model.js';
import { tokens } from '../tokens/read-model.js';
import { SendMessage, type Outgoing, type Sent } from './commands.js';
import { addressingOf, bodiesOf } from './draft.js';
import { gate } from './gate.js';
import { SigningKeys } from './signing-keys.js';

/** Of one message as it goes out; most hosts take no more. */
const MESSAGE_BYTES = 35 * 1024 * 1024;

type Loaded = Readonly<{ attachments: readonly Attachment[]; parts: readonly DraftAttachment[] }>;

/** Looks up, asks the gate, composes, signs and keeps; what is queued is exactly what will be sent. */
@CommandHandler(SendMessage)
export class SendMessageHandler implements ICommandHandler<Issued<SendMessage>> {
  constructor(
    private readonly views: Views,
    private readonly uploads: Uploads,
    private readonly blobs: Blobs,
    private readonly keys: SigningKeys,
    private readonly composer: Composer,
    private readonly commands: Commands,
  ) {}

  async execute({ data, context }: Issued<SendMessage>): Promise<Sent> {
    const { inboxId, cc, bcc, replyTo, sendAt, automatic } = data;
    const { tenantId, now } = context;
    const scope: Scope = { tenantId, inboxId };
    const inbox = await this.views.for(scope).need(inboxes, inboxId);
    const original = await this.original(scope, data.replyToMessageId);
    const messageId = context.newId('msg');
    const rfcMessageId = `<${messageId}@${inbox.domain}>`;
    const { threadId, ...addressing } = addressingOf(data, original, rfcMessageId);
    const owner = { scope, subject: messageId };
    const { attachments, parts } = await this.load(owner, data.uploadIds, context);

    const domain = await this.views.for({ tenantId }).get(verifiedDomains, inbox.domain);
    const verdict = gate({ inbox, domain, token: await this.token(context) });
    if (verdict.verdict !== 'send') throw verdict.refusal;
    if (!domain) throw new Error('The gate lets nothing pass without a domain');

    const from = { email: inbox.address, name: inbox.displayName };
    const addressed = { ...addressing, from, cc, replyTo };
    const bodies = await this.bodies(data, inbox.config?.signature ?? null);
    const draft: Draft = {
      ...addressed,
      ...bodies,
      messageId: rfcMessageId,
      date: sendAt ?? now,
      attachments: parts,
      autoSubmitted: automatic,
    };
    const kept = await this.compose(owner, draft, domain, now);
    const ids = { messageId, inboxId, threadId, rfcMessageId };
    const queued = { ...ids, ...addressed, ...kept, bcc, attachments, sendAt, queuedAt: now };
    await this.commands.execute(new QueueMessage({ ...queued, gate: verdict.passage }), {
      ...context,
      ...scope,
    });
    return { messageId, threadId };
  }

  /** As they go out; a message of HTML alone says the same in plain text. */
  private async bodies({ text, html }: Outgoing, signature: string | null) {
    return bodiesOf({ html, text: text ?? (await this.composer.textOf(html ?? '')) }, signature);
  }

  /** The mail, signed, and its bodies as they are shown: both are in the vault afterwards. */
  private async compose(owner: Owner, draft: Draft, domain: VerifiedDomain, at: string) {
    const key = await this.keys.of(domain);
    const { raw, replyText, snippet } = await this.composer.compose({ draft, key, at });
    const content = { text: draft.text, html: draft.html, extractedText: replyText };
    const [mail, { blobId: contentId }] = await Promise.all([
      this.blobs.put(owner, raw),
      this.blobs.put(owner, jsonBytes(content)),
    ]);
    return { blobId: mail.blobId, contentId, size: mail.size, snippet };
  }

  private async original(scope: Scope, messageId: string | null): Promise<MessageView | null> {
    if (messageId === null) return null;
    const found = await this.views.for(scope).get(messages, messageId);
    if (found) return found;
    throw invalid('replyToMessageId', 'not-found', 'There is no such message in this inbox');
  }

  /** Copies of what was uploaded, kept with the message. */
  private async load(owner: Owner, uploadIds: readonly string[], context: Context): Promise<Loaded> {
    const { scope } = owner;
    const attachments: Attachment[] = [];
    const parts: DraftAttachment[] = [];
    let size = 0;
    for (const [index, uploadId] of uploadIds.entries()) {
      const field = `attachments.${index}.blobId`;
      const upload = await this.uploads.get(scope, uploadId);
      size += upload?.size ?? 0;
      if (size * 1.37 > MESSAGE_BYTES)
        throw invalid(field, 'too-large', `A message holds ${MESSAGE_BYTES} bytes, encoded`);
      const source = upload && (await this.uploads.open(scope, uploadId));
      if (!source) throw invalid(field, 'not-found', 'There is no such blob, or it was not used for a day');
      const chunks: Buffer[] = [];
      for await (const chunk of source) chunks.push(chunk as Buffer);
      const content = Buffer.concat(chunks);
      const { filename, contentType } = upload;
      const { blobId } = await this.blobs.put(owner, content);
      const shown = { filename, contentType, contentId: null };
      attachments.push({ ...shown, attachmentId: context.newId('att', index), size: content.length, blobId });
      parts.push({ ...shown, content });
    }
    return { attachments, parts };
  }

  private async token({ actor, ...scope }: Context) {
    return actor.type === 'token' ? this.views.for(scope).get(tokens, actor.id) : null;
  }
}

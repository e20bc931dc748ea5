import type { MailAddress } from '../mailbox/events.js';
import type { MessageView } from '../mailbox/read-model.js';

export type Relationship = Readonly<{
  address: string;
  name: string | null;
  lastInteractionAt: string;
  interactionCount: number;
}>;

/** With whom there was real mail: what a machine sent, what still waits for its time, spam and trash are none. */
export class Relationships {
  private readonly byAddress = new Map<string, Relationship>();

  /** `message`: newest first. */
  add(message: MessageView): void {
    if (message.automatic || !message.listed || (message.receivedAt ?? message.sentAt) === null) return;
    const addresses = new Set<string>();
    for (const person of peopleOf(message)) {
      const address = person.email.toLowerCase();
      if (addresses.has(address)) continue;
      addresses.add(address);
      const known = this.byAddress.get(address);
      this.byAddress.set(address, {
        address,
        name: known?.name ?? person.name,
        lastInteractionAt: known?.lastInteractionAt ?? message.at,
        interactionCount: (known?.interactionCount ?? 0) + 1,
      });
    }
  }

  /** The most recent first. */
  top(count: number): readonly Relationship[] {
    return [...this.byAddress.values()].slice(0, count);
  }
}

const peopleOf = ({ direction, from, to, cc }: MessageView): readonly MailAddress[] => {
  if (direction === 'outbound') return [...to, ...cc];
  return from ? [from] : [];
};

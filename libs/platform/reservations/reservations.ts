import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { about, type Context } from '#kernel/context';
import { fold } from '#kernel/decider';
import { isDomainError } from '#kernel/errors';
import { EventStore } from '#kernel/event-store';
import type { Receipt } from '#kernel/messages';
import { newCause } from '#platform/event-sourcing/cause';
import { Codec } from '#platform/event-sourcing/codec';
import { Commands } from '#platform/event-sourcing/commands';
import { uuid5 } from '#platform/event-sourcing/ids';
import { Records } from '#platform/vault/records';
import { ReleaseKey, reservation, ReserveKey, type Owner, type ReservationEvent } from './reservation.js';

/** `kind` is a word (`user-email`), `value` in the one form in which it is compared. */
type Name = Readonly<{ kind: string; value: string }>;

const KEY_RECORD = 'keys/reservations';
/** Each one takes the name from a creation that never ended. */
const MOST_TAKE_OVERS = 100;

/** Names that are unique in the whole installation, whosever they are. */
@Injectable()
export class Reservations {
  private key: Promise<Uint8Array> | undefined;

  constructor(
    private readonly commands: Commands,
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly records: Records,
  ) {}

  /**
   * True once the name belongs to the stream, which may be created afterwards: until it is, another may take the
   * name, and then commands to the stream are refused with `creation-abandoned`.
   */
  async reserve(name: Name, stream: string, context: Context): Promise<boolean> {
    const key = await this.keyOf(name);
    const owner = { stream, tenantId: context.tenantId };
    for (let attempt = 0; attempt < MOST_TAKE_OVERS; attempt += 1) {
      const { events } = await this.commands.execute(new ReserveKey({ key, owner }), about(context));
      const holder = fold(reservation, events as unknown as readonly ReservationEvent[]).owner ?? owner;
      if (holder.stream === stream) return true;
      const cleaning = cleanUp(holder, context.now);
      if (!(await this.abandon(holder, cleaning))) return false;
      await this.commands.execute(new ReleaseKey({ key, owner: holder }), cleaning);
    }
    return false;
  }

  /** Nothing happens if the stream has the name no more. */
  async release(name: Name, stream: string, context: Context): Promise<Receipt> {
    const owner = { stream, tenantId: context.tenantId };
    return this.commands.execute(new ReleaseKey({ key: await this.keyOf(name), owner }), about(context));
  }

  /** Who has the name now, as the log stands; perhaps a stream that is still to be created. */
  async ownerOf(name: Name): Promise<Owner | null> {
    const events = await this.store.read(`${reservation.category}-${await this.keyOf(name)}`);
    return fold(reservation, events as unknown as readonly ReservationEvent[]).owner;
  }

  /** Ends a creation that has not happened; false if the stream lives. */
  private async abandon({ stream }: Owner, { tenantId, actor, now, causationId }: Context): Promise<boolean> {
    const type = 'CreationAbandoned';
    const isAbandoned = async () => (await this.store.read(stream, { limit: 1 }))[0]?.type === type;
    const metadata = {
      schemaVersion: this.codec.version(type),
      occurredAt: now,
      $correlationId: causationId,
      $causationId: causationId,
      actor,
      tenantId,
    };
    const event = { type, data: {}, id: uuid5(causationId, stream, type), metadata };
    try {
      await this.store.append(stream, 'no-stream', [event]);
      return true;
    } catch (error) {
      if (isDomainError(error) && error.code === 'concurrent-change') return isAbandoned();
      throw error;
    }
  }

  private async keyOf({ kind, value }: Name): Promise<string> {
    this.key ??= this.loadKey();
    return createHmac('sha256', await this.key)
      .update(`${kind}:${value}`)
      .digest('hex');
  }

  private async loadKey(): Promise<Uint8Array> {
    try {
      await this.records.put(KEY_RECORD, randomBytes(32), { expected: 'absent' });
      const stored = await this.records.get(KEY_RECORD);
      if (!stored) throw new Error('The key of the reservations is gone');
      return stored.value;
    } catch (error) {
      this.key = undefined;
      throw error;
    }
  }
}

/** In the name of the tenant whose creation is ended: it learns nothing of who needed the name. */
const cleanUp = ({ tenantId }: Owner, now: string): Context =>
  newCause({ tenantId, actor: { type: 'system', id: 'reservations' }, now });

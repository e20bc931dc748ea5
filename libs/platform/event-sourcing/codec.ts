import { Injectable } from '@nestjs/common';
import { masked, upcast } from '#kernel/event-catalog';
import type { Metadata, NewEvent, Recorded } from '#kernel/messages';
import { PersonalData, type Sealed } from '#platform/vault/personal-data';
import { Features } from './features.js';

type Form = Readonly<{ reveal: boolean; ip?: boolean }>;
type Body = Pick<Recorded, 'data' | 'metadata' | 'erased'>;
type SealedMetadata = Metadata & Readonly<{ $sealed?: Sealed }>;

/** Between the store and every fold: the one place that seals, opens and upcasts. */
@Injectable()
export class Codec {
  private opened = { clear: new Opened(), masked: new Opened() };
  private erasures = 0;

  constructor(
    private readonly features: Features,
    private readonly personalData: PersonalData,
  ) {}

  version(type: string): number {
    return this.features.entry(type).version;
  }

  async encode(event: NewEvent): Promise<NewEvent> {
    const { personal } = this.features.entry(event.type);
    const metadata = await this.encodeMetadata(event.metadata);
    if (!personal) return { ...event, metadata };
    const [open, secret]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
    for (const [name, value] of Object.entries(event.data))
      (Object.hasOwn(personal.placeholders, name) ? secret : open)[name] = value;
    const owner = { scope: event.metadata, subject: personal.subject(event.data) };
    const $sealed = await this.personalData.seal(owner, secret);
    return { ...event, data: { ...open, $sealed }, metadata };
  }

  /** As `decode`, of events that many ask for: opened for the first of them, and kept as long as the event is. */
  async shared<E extends Recorded>(encoded: readonly E[], form: Form): Promise<readonly E[]> {
    if (form.ip) return Promise.all(encoded.map((event) => this.decode(event, form)));
    const { erasures } = this.personalData;
    if (erasures !== this.erasures) {
      // What was opened before may be of somebody who was erased since.
      this.erasures = erasures;
      this.opened = { clear: new Opened(), masked: new Opened() };
    }
    const opened = form.reveal ? this.opened.clear : this.opened.masked;
    return opened.all(encoded, (event) => this.open(event, form));
  }

  /**
   * `reveal` opens the personal fields; unrevealed or erased, they hold their placeholders. `ip` opens where the
   * caller was, which no rule goes by.
   */
  async decode<E extends Recorded>(encoded: E, form: Form): Promise<E> {
    return { ...encoded, ...(await this.open(encoded, form)) };
  }

  private async open(encoded: Recorded, { reveal, ip = false }: Form): Promise<Body> {
    const metadata = await this.decodeMetadata(encoded.metadata, ip);
    const entry = this.features.entry(encoded.type);
    const { $sealed, ...clear } = encoded.data as { readonly $sealed?: Sealed };
    const opened = $sealed && reveal ? await this.personalData.open($sealed) : {};
    const fields = opened === 'erased' ? {} : opened;
    const data = upcast(entry, { ...clear, ...fields }, metadata.schemaVersion);
    if (!$sealed) return { metadata, data };
    if (opened === 'erased') return { metadata, data: masked(entry, data), erased: true };
    return { metadata, data: reveal ? data : masked(entry, data) };
  }

  /** Where the caller was is his personal data, erased with him. */
  private async encodeMetadata({ ip, ...clear }: Metadata): Promise<SealedMetadata> {
    if (ip === undefined) return clear;
    const $sealed = await this.personalData.seal({ scope: clear, subject: clear.actor.id }, { ip });
    return { ...clear, $sealed };
  }

  private async decodeMetadata({ $sealed, ...clear }: SealedMetadata, isOpened: boolean): Promise<Metadata> {
    if (!$sealed || !isOpened) return clear;
    const opened = await this.personalData.open($sealed);
    return opened === 'erased' ? clear : { ...clear, ...opened };
  }
}

/** What was opened, or is being opened, by the data as it is stored: everybody gets the same object of that. */
class Opened {
  private readonly known = new WeakMap<object, Body | Promise<Body>>();

  async all<E extends Recorded>(
    events: readonly E[],
    open: (event: E) => Promise<Body>,
  ): Promise<readonly E[]> {
    const found = events.map((event) => this.known.get(event.data) ?? this.opening(event, open));
    // Most often all of them are there, and no turn is waited for.
    const bodies = found.every(isOpen) ? found : await Promise.all(found);
    return events.map((event, at) => ({ ...event, ...bodies[at] }));
  }

  private opening<E extends Recorded>(event: E, open: (event: E) => Promise<Body>): Promise<Body> {
    const { data } = event;
    const opening = open(event);
    this.known.set(data, opening);
    opening.then(
      (body) => this.known.set(data, body),
      () => this.known.delete(data),
    );
    return opening;
  }
}

const isOpen = (found: Body | Promise<Body>): found is Body => !(found instanceof Promise);

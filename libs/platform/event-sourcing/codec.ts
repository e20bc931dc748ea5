import { Injectable } from '@nestjs/common';
import { masked, upcast } from '#kernel/event-catalog';
import type { Metadata, NewEvent, Recorded } from '#kernel/messages';
import { PersonalData, type Sealed } from '#platform/vault/personal-data';
import { Features } from './features.js';

type SealedMetadata = Metadata & Readonly<{ $sealed?: Sealed }>;

/** Between the store and every fold: the one place that seals, opens and upcasts. */
@Injectable()
export class Codec {
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
    const names = Object.keys(personal.placeholders);
    const part = (isPersonal: boolean) =>
      Object.fromEntries(Object.entries(event.data).filter(([name]) => names.includes(name) === isPersonal));
    const owner = { scope: event.metadata, subject: personal.subject(event.data) };
    const $sealed = await this.personalData.seal(owner, part(true));
    return { ...event, data: { ...part(false), $sealed }, metadata };
  }

  /**
   * `reveal` opens the personal fields; unrevealed or erased, they hold their placeholders. `ip` opens where the
   * caller was, which no rule goes by.
   */
  async decode<E extends Recorded>(
    encoded: E,
    { reveal, ip = false }: { reveal: boolean; ip?: boolean },
  ): Promise<E> {
    const stored = { ...encoded, metadata: await this.decodeMetadata(encoded.metadata, ip) };
    const entry = this.features.entry(stored.type);
    const { $sealed, ...clear } = stored.data as { readonly $sealed?: Sealed };
    const opened = $sealed && reveal ? await this.personalData.open($sealed) : {};
    const fields = opened === 'erased' ? {} : opened;
    const data = upcast(entry, { ...clear, ...fields }, stored.metadata.schemaVersion);
    if (!$sealed) return { ...stored, data };
    if (opened === 'erased') return { ...stored, data: masked(entry, data), erased: true };
    return { ...stored, data: reveal ? data : masked(entry, data) };
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

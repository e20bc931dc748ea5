import { Injectable } from '@nestjs/common';
import { masked, upcast } from '#kernel/event-catalog';
import type { NewEvent, Recorded } from '#kernel/messages';
import { PersonalData, type Sealed } from '#platform/vault/personal-data';
import { Features } from './features.js';

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
    if (!personal) return event;
    const names = Object.keys(personal.placeholders);
    const part = (isPersonal: boolean) =>
      Object.fromEntries(Object.entries(event.data).filter(([name]) => names.includes(name) === isPersonal));
    const owner = { scope: event.metadata, subject: personal.subject(event.data) };
    const $sealed = await this.personalData.seal(owner, part(true));
    return { ...event, data: { ...part(false), $sealed } };
  }

  /** `reveal` opens the personal fields; unrevealed or erased, they hold their placeholders. */
  async decode<E extends Recorded>(stored: E, { reveal }: { reveal: boolean }): Promise<E> {
    const entry = this.features.entry(stored.type);
    const { $sealed, ...clear } = stored.data as { readonly $sealed?: Sealed };
    const opened = $sealed && reveal ? await this.personalData.open($sealed) : {};
    const fields = opened === 'erased' ? {} : opened;
    const data = upcast(entry, { ...clear, ...fields }, stored.metadata.schemaVersion);
    if (!$sealed) return { ...stored, data };
    if (opened === 'erased') return { ...stored, data: masked(entry, data), erased: true };
    return { ...stored, data: reveal ? data : masked(entry, data) };
  }
}

import { beforeEach, expect, it } from '@jest/globals';
import type { EventCatalog } from '#kernel/event-catalog';
import type { Event, Recorded } from '#kernel/messages';
import { InMemoryPersonalData } from '#testing/in-memory-vault';
import { METADATA } from '#testing/recorded';
import type { Sealed } from '#platform/vault/personal-data';
import { Codec } from './codec.js';
import { Features } from './features.js';

type Named = Event<'Named', { id: string; name: string }>;
const catalog: EventCatalog<Named> = {
  Named: { version: 1, personal: { subject: ({ id }) => id, placeholders: { name: '' } } },
};

/** Counts how often something is opened, and fails when told to. */
class CountingVault extends InMemoryPersonalData {
  opened = 0;
  isAway = false;

  override async open(sealed: Sealed) {
    this.opened += 1;
    if (this.isAway) throw new Error('The vault is away');
    return super.open(sealed);
  }
}

let vault: CountingVault;
let codec: Codec;
let stored: Recorded;
beforeEach(async () => {
  const features = new Features();
  features.add({ catalogs: [catalog] });
  vault = new CountingVault();
  codec = new Codec(features, vault);
  const named = { type: 'Named', data: { id: 'ann', name: 'Ann' }, id: '1', metadata: METADATA };
  stored = { ...(await codec.encode(named)), stream: 'person-ann', revision: 0n };
});

const opened = { reveal: true };
const dataOf = async () => (await codec.shared([stored], opened))[0]?.data;

it('opens an event once for all who ask for it, and for each of them what he may see', async () => {
  expect([await dataOf(), await dataOf()]).toEqual([
    { id: 'ann', name: 'Ann' },
    { id: 'ann', name: 'Ann' },
  ]);
  expect(vault.opened).toBe(1);
  expect((await codec.shared([stored], { reveal: false }))[0]?.data).toEqual({ id: 'ann', name: '' });
});

it('shows to nobody what was opened before it was erased', async () => {
  await dataOf();
  await vault.erase({ scope: METADATA, subject: 'ann' });
  expect(await codec.shared([stored], opened)).toMatchObject([
    { data: { id: 'ann', name: '' }, erased: true },
  ]);
});

it('tries again what could not be opened', async () => {
  vault.isAway = true;
  await expect(dataOf()).rejects.toThrow('away');
  vault.isAway = false;
  expect(await dataOf()).toEqual({ id: 'ann', name: 'Ann' });
});

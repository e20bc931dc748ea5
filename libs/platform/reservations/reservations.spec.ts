import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contextOf } from '#testing/context';
import { Count, counter } from '#testing/counter';
import { InMemoryApp } from '#testing/in-memory-app';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Commands } from '#platform/event-sourcing/commands';
import { ReservationsModule } from './module.js';
import { Reservations } from './reservations.js';

const name = { kind: 'counter', value: 'the best' };
const acme = contextOf({}, 'acme');
const rival = contextOf({ tenantId: 'ten_rival', inboxId: 'inb_rival' }, 'rival');

let app: InMemoryApp;
const reserve = (id: string, context = acme) => app.get(Reservations).reserve(name, `counter-${id}`, context);
const count = (counterId: string, context = acme) =>
  app.get(Commands).execute(new Count({ counterId, by: 1 }), context);

beforeEach(async () => {
  const features = [ReservationsModule, EventSourcingModule.forFeature({ aggregates: [counter] })];
  app = await InMemoryApp.start({ features });
});
afterEach(() => app.stop());

describe('a unique name', () => {
  it('belongs to one stream, which may ask again', async () => {
    expect(await reserve('1')).toBe(true);
    expect(await reserve('1', contextOf({}, 'again'))).toBe(true);
    await count('1');
    expect(await reserve('2', rival)).toBe(false);
    expect(await app.get(Reservations).reserve({ ...name, value: 'another' }, 'counter-2', rival)).toBe(true);
  });

  it('is free again once its owner, and nobody else, has released it', async () => {
    await reserve('1');
    await count('1');
    await app.get(Reservations).release(name, 'counter-2', rival);
    expect(await reserve('2', rival)).toBe(false);
    await app.get(Reservations).release(name, 'counter-1', contextOf({}, 'release'));
    expect(await reserve('2', contextOf({ tenantId: 'ten_rival' }, 'later'))).toBe(true);
  });

  it('is taken from a creation that never happened, which then cannot happen', async () => {
    await reserve('1');
    expect(await reserve('2', rival)).toBe(true);
    await count('2', rival);
    await expect(count('1')).rejects.toMatchObject({ code: 'creation-abandoned' });
    expect(await reserve('1', contextOf({}, 'again'))).toBe(false);
  });

  it('is of exactly one of many who want it at once', async () => {
    const callers = Array.from({ length: 20 }, (_, index) => String(index));
    const outcomes = await Promise.allSettled(
      callers.map(async (id) => {
        const context = contextOf({ tenantId: `ten_${id}` }, id);
        return (await reserve(id, context)) && (await count(id, context));
      }),
    );
    const created = outcomes.filter((each) => each.status === 'fulfilled' && each.value);
    expect(created).toHaveLength(1);
  });

  it('tells the log neither the name nor one tenant of another', async () => {
    await reserve('1');
    await reserve('2', rival);
    expect(
      JSON.stringify(app.store.log, (_, value) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toContain(name.value);
    const own = app.store.log.filter(({ metadata }) => metadata.tenantId === 'ten_acme');
    expect(own.map(({ type }) => type)).toEqual(['NameReserved', 'CreationAbandoned', 'NameReleased']);
    expect(JSON.stringify(own.map(({ data, metadata }) => [data, metadata]))).not.toContain('rival');
  });
});

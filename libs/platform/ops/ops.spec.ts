import { mkdirSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { invalid } from '#kernel/errors';
import { CounterModule } from '#testing/counter-http';
import { newFolder } from '#testing/folder';
import { InMemoryApp } from '#testing/in-memory-app';
import { OpsModule } from './module.js';
import { OpsRegistry } from './registry.js';
import { askServer, OpsServer } from './socket.js';

let app: InMemoryApp;
let server: OpsServer;
let folder: string;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [CounterModule, OpsModule] });
  folder = newFolder();
  server = await OpsServer.open(folder, app.get(OpsRegistry));
});
afterEach(async () => {
  await server.close();
  await app.stop();
});

const gent = async (...words: readonly string[]) => {
  const lines = { out: [] as string[], err: [] as string[] };
  const status = await askServer(folder, words, async (line, to) => void lines[to].push(line));
  return { status, ...lines };
};
const count = (by: number) => app.call('acme', 'POST', '/counters/', { by });

describe('the socket', () => {
  it('is for its owner alone', () => {
    expect(statSync(`${folder}/ops.sock`).mode & 0o777).toBe(0o600);
  });

  it('answers nobody where no process runs', async () => {
    expect(await askServer(newFolder(), ['log'], async () => undefined)).toBeUndefined();
  });

  it('reaches into a folder whose name is longer than a socket address', async () => {
    const deep = `${newFolder()}${`/${'x'.repeat(60)}`.repeat(2)}`;
    mkdirSync(deep, { recursive: true });
    const other = await OpsServer.open(deep, app.get(OpsRegistry));
    const lines: string[] = [];
    expect(await askServer(deep, ['help'], async (line) => void lines.push(line))).toBe(0);
    expect(lines.join()).toContain('projections');
    await other.close();
  });

  it('closes, though the operator does not read what he asked for', async () => {
    const begun = Promise.withResolvers<void>();
    app.get(OpsRegistry).add('long', {
      about: '',
      usage: [''],
      run: async ({ say }) => {
        const said = say({}, 'x'.repeat(8 * 1024 * 1024));
        begun.resolve();
        await said;
      },
    });
    const other = newFolder();
    const closing = await OpsServer.open(other, app.get(OpsRegistry));
    const operator = createConnection(`${other}/ops.sock`).pause();
    operator.on('error', () => undefined);
    operator.write('["long"]\n');
    await begun.promise;
    await closing.close();
    operator.destroy();
  });

  it('takes over from one that a dead process left', async () => {
    const again = await OpsServer.open(folder, app.get(OpsRegistry));
    expect((await gent('help')).status).toBe(0);
    await again.close();
  });
});

describe('a command', () => {
  it('says what it can do, and what it does not understand', async () => {
    expect((await gent('--help')).out.join()).toMatch(/log .*\n.*parked .*\n.*projections /);
    expect((await gent('log', '--help')).out.join()).toContain('--count');
    expect(await gent('nothing')).toMatchObject({ status: 64, err: [expect.stringContaining('"nothing"')] });
    for (const words of [
      ['log', '--wrong'],
      ['log', 'word'],
      ['log', '--limit', 'x'],
      ['parked', 'eat'],
    ])
      expect((await gent(...words)).status).toBe(64);
  });

  it('ends as it went: refused by a rule, or failed without a word of the cause', async () => {
    const registry = app.get(OpsRegistry);
    const run = (error: Error) => () => Promise.reject(error);
    registry.add('refused', { about: '', usage: [''], run: run(invalid('name', 'taken', 'It is taken')) });
    registry.add('failing', { about: '', usage: [''], run: run(new TypeError('secret')) });
    expect(await gent('refused')).toEqual({ status: 1, out: [], err: ['gent refused: It is taken'] });
    expect(await gent('failing')).toEqual({ status: 70, out: [], err: ['gent failing: TypeError'] });
  });

  it('is told when the operator goes away', async () => {
    const gone = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    app.get(OpsRegistry).add('wait', {
      about: '',
      usage: [''],
      run: async ({ say, stopping }) => {
        stopping.addEventListener('abort', () => gone.resolve());
        await say({}, 'begun');
        begun.resolve();
        await gone.promise;
      },
    });
    const leaving = new Error('enough');
    const asked = askServer(folder, ['wait'], () => Promise.reject(leaving));
    await begun.promise;
    await expect(asked).rejects.toThrow('enough');
    await gone.promise;
  });
});

describe('gent log', () => {
  it('shows types, ids and times, counts by type, and selects', async () => {
    for (const by of [1, 2, 3]) await count(by);
    const { out } = await gent('log', '--json');
    const events = out.map((line) => JSON.parse(line));
    expect(events.map(({ type, data }) => [type, data.by])).toEqual([
      ['Counted', 1],
      ['Counted', 2],
      ['Counted', 3],
    ]);
    expect(events[0].metadata).toMatchObject({ tenantId: 'ten_acme', $sealed: expect.anything() });
    expect(JSON.stringify(events)).not.toContain('127.0.0.1');
    expect((await gent('log', '--count', '--json')).out).toEqual(['{"type":"Counted","count":3}']);
    expect((await gent('log', '--limit', '1')).out.join()).toContain(events[2].id);
    expect((await gent('log', '--from', events[1].position)).out).toHaveLength(1);
    expect((await gent('log', '--all', '--limit', '2')).out).toHaveLength(2);
    expect((await gent('log', '--stream', events[1].stream)).out).toHaveLength(1);
    expect((await gent('log', '--type', 'Other')).out).toEqual([]);
    expect((await gent('log', '--category', 'counter', '--tenant', 'ten_rival')).out).toEqual([]);
  });

  it('follows, until the operator has seen enough', async () => {
    await count(1);
    const seen: number[] = [];
    const following = askServer(folder, ['log', '--follow', '--json'], async (line) => {
      seen.push(JSON.parse(line).data.by);
      if (seen.length < 3) await count(seen.length + 1);
      else throw new Error('enough');
    });
    await expect(following).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe('gent projections', () => {
  it('lists the views and builds one anew', async () => {
    await count(1);
    await app.settled();
    expect((await gent('projections')).out.join('\n')).toMatch(/current +totals /);
    const { out } = await gent('projections', 'rebuild', 'totals_v1');
    expect(out[0]).toMatch(/^totals rebuilt in/);
    expect((await gent('projections', 'rebuild', 'all')).status).toBe(0);
    expect(await gent('projections', 'rebuild', 'none')).toMatchObject({ status: 1, out: [] });
  });
});

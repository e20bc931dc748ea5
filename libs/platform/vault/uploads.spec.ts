import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { FixedClock, NOW } from '#testing/context';
import { InMemoryBlobs, InMemoryPersonalData, InMemoryRecords } from '#testing/in-memory-vault';
import { Scheduler } from '#platform/scheduler/scheduler';
import { Uploads } from './uploads.js';

const acme = { tenantId: 'ten_acme', inboxId: 'inb_acme' };
const file = { uploadId: 'blb_1', filename: 'a.txt', contentType: 'text/plain' };

class Clock extends FixedClock {
  at = NOW;
  override now() {
    return this.at;
  }
}

const uploading = () => {
  const [blobs, records, clock] = [new InMemoryBlobs(), new InMemoryRecords(), new Clock()];
  const scheduler = new Scheduler(clock);
  const uploads = new Uploads(blobs, new InMemoryPersonalData(), records, clock, scheduler);
  return { blobs, records, clock, scheduler, uploads };
};

it('keeps what was sent for those who may see it', async () => {
  const { uploads } = uploading();
  const upload = await uploads.put(acme, file, Readable.from([Buffer.from('hello')]), 10);
  const sha256 = createHash('sha256').update('hello').digest('hex');
  expect(upload).toEqual({ ...file, size: 5, sha256 });
  expect(await uploads.get({ tenantId: 'ten_acme' }, 'blb_1')).toMatchObject(upload);
  expect(await text((await uploads.open(acme, 'blb_1')) ?? Readable.from([]))).toBe('hello');
  for (const scope of [{ tenantId: 'ten_rival' }, { ...acme, inboxId: 'inb_other' }])
    expect(await uploads.get(scope, 'blb_1')).toBeNull();
});

it('refuses what is too large and keeps nothing of it', async () => {
  const { uploads, records } = uploading();
  const put = uploads.put(acme, file, Readable.from([Buffer.alloc(6), Buffer.alloc(6)]), 10);
  await expect(put).rejects.toMatchObject({ code: 'blob-too-large' });
  expect(await records.list('')).toEqual([]);
});

it('forgets what nobody used for a day', async () => {
  const { uploads, records, clock, scheduler } = uploading();
  await uploads.put(acme, file, Readable.from([Buffer.from('hello')]), 10);
  clock.at = '2026-01-02T00:00:00.000Z';
  expect(await uploads.get(acme, 'blb_1')).toBeNull();
  await uploads.put(acme, { ...file, uploadId: 'blb_2' }, Readable.from([Buffer.from('later')]), 10);
  uploads.onApplicationBootstrap();
  while ((await records.list('')).length > 1) await setImmediate();
  await scheduler.beforeApplicationShutdown();
  expect(await records.list('')).toEqual(['upload/blb_2']);
});

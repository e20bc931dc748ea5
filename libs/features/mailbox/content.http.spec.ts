import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Uploads } from '#platform/vault/uploads';
import { InMemoryApp } from '#testing/in-memory-app';
import { acceptedMail, queuedMail, receivedMail } from '#testing/mail';
import type { Attachment } from './events.js';
import { MailboxModule } from './module.js';

const scope = { tenantId: 'ten_acme', inboxId: 'inb_acme' };
const BLOBS = '/v1/messages/blobs/';

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features: [MailboxModule] });
});
afterEach(() => app.stop());

const stored = async (content: string) =>
  (await app.vault.blobs.put({ scope, subject: 'msg_1' }, Buffer.from(content))).blobId;
const get = (path: string, headers?: Record<string, string>) =>
  app.call('acme', 'GET', `/messages/${path}`, undefined, headers);

describe('the raw message', () => {
  const mail = 'Subject: Hello\r\nX-Folded: a\r\n\tb\r\n\r\n.dots and 8 bit: \u00e4\r\n';

  it('is what came, under our trace and without forged results of ours', async () => {
    const forged = 'Authentication-Results: mx.localhost;\r\n\tspf=pass\r\n';
    const { mailFrom, recipient, remoteIp, helo, protocol } = acceptedMail().data;
    const results = { spf: 'fail', dkim: 'none', dmarc: 'none', arc: 'none', dmarcPolicy: null };
    const received = receivedMail({
      blobId: await stored(`${forged}Authentication-Results: other.example; spf=pass\r\n${mail}`),
      envelope: { mailFrom, recipient, remoteIp, helo, protocol },
      authentication: { ...results, results: 'spf=fail' },
    });
    await app.given('message-msg_1', received);
    await app.settled();
    const { status, headers, body } = await get('msg_1/raw/');
    expect([status, headers.get('content-type')]).toEqual([200, 'message/rfc822']);
    expect(body).toMatch(/^Return-Path: <ann@mail.example>\r\nReceived: from mx.mail.example/);
    expect(body).toContain('Authentication-Results: mx.localhost;\r\n\tspf=fail\r\n');
    expect(body).not.toContain('mx.localhost;\r\n\tspf=pass');
    expect(body.endsWith(`Authentication-Results: other.example; spf=pass\r\n${mail}`)).toBe(true);
  });

  it('that was sent is what was sent', async () => {
    const queued = queuedMail({
      messageId: 'msg_1',
      blobId: await stored(mail),
      size: Buffer.byteLength(mail),
    });
    await app.given('message-msg_1', queued);
    await app.settled();
    expect((await get('msg_1/raw/')).body).toBe(mail);
  });
});

describe('an attachment', () => {
  const attachment = async (over: Partial<Attachment>) => {
    const file = {
      attachmentId: 'att_1',
      filename: 'a.txt',
      contentType: 'text/plain',
      size: 5,
      contentId: null,
    };
    await app.given(
      'message-msg_1',
      receivedMail({ attachments: [{ ...file, blobId: await stored('hello'), ...over }] }),
    );
    await app.settled();
    return get('msg_1/attachments/att_1/');
  };

  it.each([
    ['bytes=0-1', 206, 'bytes 0-1/5', 'he'],
    ['bytes=3-', 206, 'bytes 3-4/5', 'lo'],
    ['bytes=1-99', 206, 'bytes 1-4/5', 'ello'],
    ['Bytes=-2', 206, 'bytes 3-4/5', 'lo'],
    ['bytes=-99', 206, 'bytes 0-4/5', 'hello'],
    ['bytes=0-0,2-3', 200, null, 'hello'],
    ['bytes=3-1', 200, null, 'hello'],
    ['bytes=-', 200, null, 'hello'],
    ['lines=1-2', 200, null, 'hello'],
  ])('is downloaded in part where that is asked for: %s', async (range, status, shown, part) => {
    await attachment({});
    const reply = await get('msg_1/attachments/att_1/', { range });
    expect([reply.status, reply.headers.get('content-range'), reply.body]).toEqual([status, shown, part]);
    expect(reply.headers.get('content-length')).toBe(String(part.length));
    expect(reply.headers.get('accept-ranges')).toBe('bytes');
    const conditional = await get('msg_1/attachments/att_1/', { range, 'if-range': '"x"' });
    expect([conditional.status, conditional.body]).toEqual([200, 'hello']);
  });

  it('has no part behind its end', async () => {
    await attachment({});
    for (const range of ['bytes=5-', 'bytes=9-10', 'bytes=-0']) {
      const { status, headers, body } = await get('msg_1/attachments/att_1/', { range });
      expect([status, body.code]).toEqual([416, 'range-not-satisfiable']);
      expect(headers.get('content-range')).toBe('bytes */5');
      expect(headers.get('content-disposition')).toBeNull();
    }
  });

  it('is downloaded, and never shown', async () => {
    const { status, headers, body } = await attachment({ filename: 'page.html', contentType: 'text/html' });
    expect([status, body]).toEqual([200, 'hello']);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html',
      'content-length': '5',
      'content-disposition': 'attachment; filename="page.html"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    });
  });

  it.each([
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['C:\\windows\\a.exe', 'attachment; filename="a.exe"'],
    [
      'a"; filename="b.html',
      `attachment; filename="a_; filename=_b.html"; filename*=UTF-8''a%22%3B%20filename%3D%22b.html`,
    ],
    ['a\r\nX-Evil: 1', 'attachment; filename="aX-Evil: 1"'],
    [
      'Übersicht (1).pdf',
      `attachment; filename="_bersicht (1).pdf"; filename*=UTF-8''%C3%9Cbersicht%20%281%29.pdf`,
    ],
    ['..', 'attachment; filename="attachment"'],
    ['', 'attachment; filename="attachment"'],
  ])('named %j is saved safely', async (filename, disposition) => {
    expect((await attachment({ filename })).headers.get('content-disposition')).toBe(disposition);
  });

  it('of a wild type is bytes', async () => {
    const { headers } = await attachment({ contentType: 'text/html; charset=x\r\nX-Evil: 1' });
    expect(headers.get('content-type')).toBe('application/octet-stream');
  });

  it('that only the whole list has is found too, and another is not', async () => {
    const more = {
      attachmentId: 'att_9',
      filename: 'z.txt',
      contentType: 'text/plain',
      size: 5,
      contentId: null,
    };
    const whole = { attachments: [{ ...more, blobId: await stored('hello') }] };
    const contentId = await stored(JSON.stringify({ text: null, html: null, extractedText: null, whole }));
    await app.given('message-msg_1', receivedMail({ contentId }));
    await app.settled();
    expect(await get('msg_1/attachments/att_9/')).toMatchObject({ status: 200, body: 'hello' });
    expect(await get('msg_1/attachments/att_1/')).toMatchObject({ status: 404 });
  });
});

describe('an upload', () => {
  const upload = (body: string | Uint8Array, type: string, query = '', caller = 'acme') =>
    app.send('POST', BLOBS + query, body, { authorization: `Bearer ${caller}`, 'content-type': type });
  const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
  const kept = async (blobId: string) => {
    const uploads = app.get(Uploads);
    const content = await uploads.open(scope, blobId);
    return { ...(await uploads.get(scope, blobId)), content: content && (await text(content)) };
  };
  const form = (...parts: readonly string[]) =>
    parts.map((part) => `--b\r\nContent-Disposition: form-data; ${part}\r\n`).join('') + '--b--\r\n';
  const file = 'name="file"; filename="plan.txt"\r\nContent-Type: text/x-plan\r\n\r\nThe plan';

  it('is bytes as they are, whatever their type', async () => {
    for (const type of ['application/octet-stream', 'application/json', 'text/csv']) {
      const { status, body } = await upload('{"a":1', type, '?filename=a.json');
      expect([status, body]).toEqual([
        201,
        { blob_id: expect.stringMatching(/^blb_[0-9A-Z]{26}$/), size: 6, sha256: sha256('{"a":1') },
      ]);
      const shown = { filename: 'a.json', contentType: 'application/octet-stream', content: '{"a":1' };
      expect(await kept(body.blob_id)).toMatchObject(shown);
    }
  });

  it('is one file of a form, with its name and type', async () => {
    const { status, body } = await upload(
      form('name="note"\r\n\r\nx', file),
      'multipart/form-data; boundary=b',
    );
    expect([status, body]).toMatchObject([201, { size: 8, sha256: sha256('The plan') }]);
    expect(await kept(body.blob_id)).toMatchObject({
      filename: 'plan.txt',
      contentType: 'text/x-plan',
      content: 'The plan',
    });
  });

  it.each([
    ['none', form('name="note"\r\n\r\nx')],
    ['two', form(file, file)],
    ['another field', form(file.replace('"file"', '"other"'))],
    ['half', form(file).slice(0, -20)],
    ['all but its last line', form(file).slice(0, -9)],
    ['nothing', ''],
    ['a name of two lines', form(file.replace('filename="plan.txt"', "filename*=utf-8''a%0D%0Ab"))],
  ])('is refused with %s', async (_, body) => {
    expect(await upload(body, 'multipart/form-data; boundary=b')).toMatchObject({
      status: 400,
      body: { code: 'validation-failed', errors: [{ field: 'file' }] },
    });
  });

  it('is a form also where that is malformed', async () => {
    expect(await upload(form(file), 'multipart/form-data')).toMatchObject({ status: 400 });
  });

  it('is kept under the last part of its name, of which a line break is none', async () => {
    const type = 'application/octet-stream';
    const { body } = await upload('x', type, '?filename=..%2Fa%2Fpl%C3%A4n.pdf');
    expect(await kept(body.blob_id)).toMatchObject({ filename: 'plän.pdf' });
    expect(await upload('x', type, '?filename=a%0D%0AX-Evil:1')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'filename' }] },
    });
  });

  it('has 25 MiB at most, for an admin more', async () => {
    const large = new Uint8Array(25 * 1024 * 1024 + 1);
    const type = 'application/octet-stream';
    expect(await upload(large, type)).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
    expect(await upload(large, type, '?inbox_id=inb_acme', 'acmeAdmin')).toMatchObject({ status: 201 });
  }, 20_000);

  it('needs a scope that sends', async () => {
    expect((await upload('x', 'text/plain', '', 'acmeReader')).body).toMatchObject({ code: 'scope-missing' });
  });
});

import { describe, expect, it } from '@jest/globals';
import { Views } from '#platform/event-sourcing/views';
import { deliverySite } from '#testing/delivery-site';
import { NOW } from '#testing/context';
import { METADATA } from '#testing/recorded';
import { suppressionIdOf } from '../suppressions/commands.js';
import { suppressions } from '../suppressions/read-model.js';

const { site, scope, start, send, view, until, reaches } = deliverySite();

describe('what comes back', () => {
  it('to the return path of a delivery, is about that delivery', async () => {
    await start();
    const messageId = await send(['ann@mail.example']);
    await reaches(messageId, 'sent');
    const report = [
      'From: MAILER-DAEMON@mail.example',
      'Subject: Undelivered',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      '',
      'Sorry.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: site.dns; mx.mail.example',
      '',
      'Final-Recipient: rfc822; ann@mail.example',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
      '',
      '--b--',
      '',
    ].join('\r\n');
    const recipient = site.host.taken[0]?.mailFrom ?? '';
    const { blobId, size } = await site.app.vault.blobs.put(
      { scope, subject: 'msg_report' },
      Buffer.from(report),
    );
    const accepted = {
      messageId: 'msg_report',
      inboxId: 'inb_acme',
      blobId,
      size,
      mailFrom: '',
      recipient,
      rfcMessageId: '<r@mail.example>',
    };
    const envelope = {
      remoteIp: '192.0.2.1',
      helo: 'mx',
      protocol: 'ESMTP',
      authentication: null,
      receivedAt: NOW,
    };
    await site.app.given(
      'message-msg_report',
      { type: 'MessageAccepted', data: { ...accepted, ...envelope } },
      METADATA,
    );
    await reaches(messageId, 'bounced');
    expect((await view(messageId)).recipients[0]?.lastReply).toMatch(/User unknown/);
    const id = suppressionIdOf('inb_acme', 'ann@mail.example');
    await until(() => site.app.get(Views).for(scope).get(suppressions, id));
  });
});

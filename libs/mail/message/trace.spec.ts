import { describe, expect, it } from '@jest/globals';
import { traceHeader, withTrace, type Trace } from './trace.js';

const trace: Trace = {
  hostname: 'mx.gent.test',
  messageId: 'msg_1',
  mailFrom: 'a@peer.test',
  recipient: 'b@gent.test',
  remoteIp: '192.0.2.1',
  helo: 'mx.peer.test',
  protocol: 'ESMTPS',
  receivedAt: '2026-01-01T00:00:00.000Z',
  results: 'spf=pass',
};

describe('trace headers', () => {
  it('say how a message came', () => {
    expect(traceHeader(trace)).toBe(
      'Return-Path: <a@peer.test>\r\n' +
        'Received: from mx.peer.test ([192.0.2.1])\r\n\tby mx.gent.test with ESMTPS id msg_1\r\n' +
        '\tfor <b@gent.test>; Thu, 01 Jan 2026 00:00:00 +0000\r\n' +
        'Authentication-Results: mx.gent.test;\r\n\tspf=pass\r\n',
    );
  });

  it('repeat no name that could be more than one', () => {
    const header = traceHeader({ ...trace, helo: 'x)(by', remoteIp: '2001:db8::1', mailFrom: '' });
    expect(header).toContain('Return-Path: <>\r\nReceived: from unknown ([IPv6:2001:db8::1])\r\n');
  });

  it('of mail that never left the system name no peer', () => {
    const header = traceHeader({ ...trace, remoteIp: null, helo: null, protocol: null, results: null });
    expect(header).toContain('Received: by mx.gent.test id msg_1\r\n\tfor <b@gent.test>; ');
    expect(header).not.toContain('Authentication-Results');
  });

  it.each([
    [
      'behind what is no field',
      'From: a\r\nodd\r\nodd\r\nAuthentication-Results: mx.gent.test; dkim=pass\r\nTo: b\r\n',
    ],
    [
      'after a bare CR',
      'From: a\r\nodd\r\nodd\rAuthentication-Results: mx.gent.test;\r\n dkim=pass\r\nTo: b\r\n',
    ],
    [
      'of a bare CR',
      'From: a\r\nodd\r\nodd\r\nAuthentication-Results:\rmx.gent.test; dkim=pass\r\nTo: b\r\n',
    ],
    ['where it goes on from ours', '\t; dkim=pass\r\n dmarc=pass\r\nFrom: a\r\nodd\r\nodd\r\nTo: b\r\n'],
    [
      'in what goes on from ours',
      ' x\rAuthentication-Results: mx.gent.test; dkim=pass\r\nFrom: a\r\nodd\r\nodd\r\nTo: b\r\n',
    ],
  ])('take the place of a forged one %s', async (_, header) => {
    const mail = (async function* () {
      yield Buffer.from(`${header}\r\nHello\r\n`);
    })();
    let served = '';
    for await (const chunk of withTrace(mail, trace)) served += Buffer.from(chunk).toString();
    expect(served).toBe(`${traceHeader(trace)}From: a\r\nodd\r\nodd\r\nTo: b\r\n\r\nHello\r\n`);
  });

  it('take the place of forged ones, and of nothing else', async () => {
    const mail =
      'Authentication-Results: mx.gent.test; dkim=pass\r\nFrom: a\r\nAuthentication-Results: MX.Gent.Test\r\n' +
      '\t; spf=pass\r\nAuthentication-Results: mx.peer.test; spf=fail\r\n\r\nAuthentication-Results: mx.gent.test\r\n';
    const pieces = (async function* () {
      for (const byte of mail) yield Buffer.from(byte);
    })();
    let served = '';
    for await (const chunk of withTrace(pieces, trace)) served += Buffer.from(chunk).toString();
    expect(served).toBe(
      traceHeader(trace) +
        'From: a\r\nAuthentication-Results: mx.peer.test; spf=fail\r\n\r\nAuthentication-Results: mx.gent.test\r\n',
    );
  });
});

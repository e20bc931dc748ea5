import fc from 'fast-check';
import { chainIn } from '#mail/authentication/arc';
import { BodyHash } from '#mail/authentication/canonical';
import { dkimKeyOf } from '#mail/authentication/dkim-key';
import { readDkimHeader } from '#mail/authentication/dkim-message';
import { Bodies, signaturesOf } from '#mail/authentication/dkim';
import { isDmarcRecord, parseDmarcRecord } from '#mail/authentication/dmarc-record';
import { expandName } from '#mail/authentication/spf-macro';
import { parseSpfRecord } from '#mail/authentication/spf-record';
import { parsePolicy } from '#platform/smtp/client/mta-sts';
import { damaged, holds, target, textOf } from './target.js';

const TAGS = [
  'v=1; ',
  'a=rsa-sha256; ',
  'a=ed25519-sha256; ',
  'a=x',
  'c=relaxed/simple; ',
  'd=peer.test; ',
  'd=münchen.test; ',
  's=s1; ',
  'i=a=40b@x.peer.test; ',
  'h=from:from:x; ',
  'l=1; ',
  'l=99999999999999999999; ',
  't=1; ',
  'x=2; ',
  'bh=AAAA; ',
  'b=AAAA\r\n BBBB; ',
  'b=',
  ';',
  '=',
  ':',
  '\r\n ',
  ' \t',
];
const BODIES = ['a', ' ', '\t', '\r\n', '\n', '\r', '\0', '\xff'];

const signature = textOf(TAGS, 30, 1).map((tags) => `DKIM-Signature: ${tags}\r\n`);
const message = fc
  .tuple(
    fc.array(
      fc.oneof(
        signature,
        fc.constantFrom('From: a@peer.test\r\n', 'constructor: i=1\r\n', 'X\r\n', ' y\r\n'),
      ),
      {
        maxLength: 6,
      },
    ),
    textOf(BODIES, 30),
  )
  .map(([fields, body]) => Buffer.from(`${fields.join('')}\r\n${body}`));

/** Signatures and bodies. */
export const dkim = target('dkim', damaged(message), (bytes) => {
  const header = readDkimHeader(bytes);
  const signatures = signaturesOf(header);
  const body = bytes.subarray(header.bodyStart);
  const bodies = new Bodies(signatures);
  for (let at = 0; at < body.length; at += 7) bodies.update(body.subarray(at, at + 7));
  for (const one of signatures) {
    if ('refused' in one) continue;
    const whole = new BodyHash(one.bodyCanonicalization, one.signedLength);
    whole.update(body);
    holds(whole.digest() === bodies.hashFor(one), 'a hash does not depend on how the body comes');
    holds(/^[a-z0-9.-]+$/.test(`${one.selector}.${one.domain}`), 'DNS is asked for names only');
    holds(one.signedFields.includes('from'), 'who wrote it is signed');
  }
});

const arcField = fc
  .tuple(
    fc.constantFrom(
      'ARC-Seal',
      'ARC-Message-Signature',
      'ARC-Authentication-Results',
      'arc-seal ',
      'constructor',
    ),
    textOf(['i=1; ', 'i=2; ', 'i=51; ', 'cv=none; ', 'cv=pass; ', '(a) ', ...TAGS], 20),
  )
  .map(([name, tags]) => `${name}: ${tags}\r\n`);
const forwarded = fc
  .tuple(fc.array(fc.oneof(arcField, fc.constant('From: a@peer.test\r\n')), { maxLength: 9 }))
  .map(([fields]) => Buffer.from(`${fields.join('')}\r\nHello\r\n`));

/** Chains of who passed a message on. */
export const chains = target('chains', damaged(forwarded), (bytes) => {
  const chain = chainIn(readDkimHeader(bytes));
  if (typeof chain === 'string') return;
  holds(chain.sets.length >= 1 && chain.sets.length <= 50, 'a chain has a length');
  holds(!chain.newest.signedFields.includes('arc-seal'), 'a signature signs no seal');
  holds(
    chain.sets.every(({ results, signature, seal }) => Boolean(results && signature && seal)),
    'a set is whole',
  );
});

const RECORDS = [
  'v=DKIM1; ',
  'v=DMARC1;',
  'v=DMARC1',
  'version: STSv1\n',
  'mx: ',
  'v=spf1 ',
  'k=rsa; ',
  'k=ed25519; ',
  'p=',
  'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ',
  '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  't=s:y; ',
  's=email; ',
  'p=reject; ',
  'sp=none; ',
  'rua=mailto:a@b.test,; ',
  'include:',
  'redirect=',
  'exists:',
  '%{ir}.%{v}.',
  '%{S99r-+}',
  '%{',
  '}',
  'a.test ',
  'a:',
  'mx/24//64 ',
  'ip4:192.0.2.1/24 ',
  'ip6:2001:db8::/32 ',
  '-all ',
  ' ',
  ';',
];
const VALUES = {
  s: 'a@peer.test',
  l: 'a',
  o: 'peer.test',
  d: 'peer.test',
  i: '1.2.0.192',
  v: 'in-addr',
  h: 'x',
  p: 'y',
};

/** Records in DNS, which whoever sends the message chooses. */
export const policies = target('policies', textOf(RECORDS, 40), (text) => {
  const key = dkimKeyOf(text);
  holds(typeof key === 'string' || key.key.type === 'public', 'a key is one');
  isDmarcRecord(text);
  parseDmarcRecord(text);
  parsePolicy(text);
  for (const { mechanism } of parseSpfRecord(text)?.directives ?? []) {
    const name = 'target' in mechanism && mechanism.target ? expandName(mechanism.target, VALUES) : null;
    holds(name === null || name.length <= 253, 'a name is bounded');
  }
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ParserPool, POOL_LIMITS } from './parser-pool.js';

const mail = (subject: string, body = 'Hi') => Buffer.from(`Subject: ${subject}\r\n\r\n${body}`);
/** Takes seconds to read. */
const slow = () => {
  const part = `--b\nContent-Type: text/html\n\n${'<p>a'.repeat(700_000)}\n`;
  return Buffer.from(`Subject: slow\nContent-Type: multipart/mixed; boundary=b\n\n${part.repeat(2)}`);
};

describe('the parser pool', () => {
  const pool = new ParserPool({ ...POOL_LIMITS, threads: 2 });
  beforeAll(() => pool.onModuleInit());
  afterAll(() => pool.onApplicationShutdown());

  it('answers each caller with its own message, contents and all', async () => {
    const raw = (index: number) =>
      Buffer.from(
        `Subject: ${index}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext ${index}\n` +
          `--b\nContent-Type: image/png; name=${index}.png\n\n${index}\n--b--\n`,
      );
    const messages = await Promise.all(Array.from({ length: 200 }, (_, index) => pool.parse(raw(index))));
    messages.forEach(({ headers, text, attachments }, index) => {
      expect([headers.subject, text]).toEqual([`${index}`, `text ${index}`]);
      expect(attachments.map(({ filename, content }) => [filename, Buffer.from(content).toString()])).toEqual(
        [[`${index}.png`, `${index}`]],
      );
    });
  });

  it('has a thread for small messages, which wait for no large one', async () => {
    const large = [1, 2, 3].map(() => pool.parse(slow()));
    const first = await Promise.race([...large, pool.parse(mail('small'))]);
    expect(first.headers.subject).toBe('small');
    await Promise.all(large);
  });

  it('leaves the bytes that it was given as they are, also a view of others', async () => {
    const whole = Buffer.from('xxxxSubject: view\n\nbodyxxxx');
    const view = whole.subarray(4, -4);
    expect((await pool.parse(view)).headers.subject).toBe('view');
    expect(view.toString()).toBe('Subject: view\n\nbody');
  });
});

describe('a message that breaks its thread', () => {
  it('by time is unparsed, with the header that could be read, and the others go on', async () => {
    const pool = new ParserPool({ ...POOL_LIMITS, threads: 1, timeMs: 100 });
    await pool.onModuleInit();
    const answers = await Promise.all([pool.parse(slow()), pool.parse(mail('next'))]);
    expect(answers.map(({ unparsed, headers }) => [unparsed, headers.subject])).toEqual([
      ['time', 'slow'],
      [null, 'next'],
    ]);
    await pool.onApplicationShutdown();
  });

  it('does not take with it those that went to the thread beside it', async () => {
    const pool = new ParserPool({ ...POOL_LIMITS, threads: 1, timeMs: 300, companyBytes: Infinity });
    await pool.onModuleInit();
    const all = [mail('first'), mail('second'), slow(), mail('third')].map((raw) => pool.parse(raw));
    expect((await Promise.all(all)).map(({ unparsed, headers }) => [unparsed, headers.subject])).toEqual([
      [null, 'first'],
      [null, 'second'],
      ['time', 'slow'],
      [null, 'third'],
    ]);
    await pool.onApplicationShutdown();
  });

  it('by memory is too large, and the others go on', async () => {
    const pool = new ParserPool({ ...POOL_LIMITS, threads: 1, heapMb: 24, timeMs: 60_000 });
    await pool.onModuleInit();
    const answers = await Promise.all([pool.parse(slow()), pool.parse(mail('next'))]);
    expect(answers.map(({ unparsed, headers }) => [unparsed, headers.subject])).toEqual([
      ['too-large', 'slow'],
      [null, 'next'],
    ]);
    await pool.onApplicationShutdown();
  });
});

describe('a pool with more than enough to do', () => {
  it('refuses what it cannot hold, as something that passes, and ends what it took on', async () => {
    const pool = new ParserPool({ ...POOL_LIMITS, threads: 1, waiting: 2 });
    await pool.onModuleInit();
    const answers = await Promise.allSettled([1, 2, 3, 4].map((index) => pool.parse(mail(`${index}`))));
    expect(
      answers.map((one) => (one.status === 'fulfilled' ? one.value.headers.subject : one.reason.code)),
    ).toEqual(['1', '2', '3', 'parser-busy']);
    await pool.onApplicationShutdown();
    await expect(pool.parse(mail('late'))).rejects.toMatchObject({
      code: 'parser-busy',
      kind: 'unavailable',
    });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { newFolder } from '#testing/folder';
import { Program } from '#testing/program';

const script = (name: string) => fileURLToPath(new URL(`../${name}/main.js`, import.meta.url));

/** A process of ours to its end. */
const run = (app: string, env: Readonly<Record<string, string>>, ...words: readonly string[]) =>
  runIn(newFolder(), app, env, ...words);

const runIn = async (
  cwd: string,
  app: string,
  env: Readonly<Record<string, string>>,
  ...words: readonly string[]
) => {
  const child = spawn(process.execPath, ['--no-warnings', script(app), ...words], {
    env: { PATH: process.env['PATH'], GENT_EVENTSTORE_PORT: '0', GENT_SMTP_PORT: '0', ...env },
    cwd,
  });
  const ended = once(child, 'exit');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await ended) as [number];
  return { status, out, err };
};

const opened = async (url: string, request = '') => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(request);
  return socket;
};

describe('a start', () => {
  it('is refused with every mistake of the configuration in one list', async () => {
    const { status, err } = await run('standalone', {
      GENT_HTTP_PORT: 'x',
      GENT_OUTBOUND: 'y',
      GENT_WRONG: '1',
    });
    expect(status).toBe(78);
    for (const name of ['GENT_HTTP_PORT', 'GENT_OUTBOUND', 'GENT_WRONG']) expect(err).toContain(name);
  });

  it('is refused with the mistakes of .env, in whatever form editors write it', async () => {
    const folder = newFolder();
    const lines = [
      '\uFEFFGENT_HTTP_PORT="x"',
      '# none',
      'export GENT_OUTBOUND=y # none',
      "GENT_SIGNUP = 'z'",
      '',
    ];
    writeFileSync(join(folder, '.env'), lines.join('\r\n'));
    const { status, err } = await runIn(folder, 'standalone', {});
    expect(status).toBe(78);
    expect(err.match(/GENT_\w+/g)).toEqual(['GENT_HTTP_PORT', 'GENT_OUTBOUND', 'GENT_SIGNUP']);

    const other = newFolder();
    mkdirSync(join(other, '.env'));
    expect(await runIn(other, 'standalone', {})).toMatchObject({
      status: 78,
      err: expect.stringMatching(/^gent: \.env cannot be read \(EISDIR\).*\n$/),
    });
  });

  it('is refused with another master key than the folder has, in one line', async () => {
    const folder = newFolder();
    await (await Program.start(folder)).stop();
    const env = { GENT_DATA_DIR: folder, GENT_HTTP_PORT: '0', GENT_MASTER_KEY: 'another key than that' };
    expect(await run('standalone', env)).toMatchObject({
      status: 78,
      err: expect.stringMatching(/^gent: .*GENT_MASTER_KEY.*\n$/),
    });
  }, 60_000);

  it('is refused on a folder and on a port that are taken, in one line', async () => {
    const folder = newFolder();
    const program = await Program.start(folder);
    const second = await run('standalone', { GENT_DATA_DIR: folder, GENT_HTTP_PORT: '0' });
    expect(second).toMatchObject({ status: 1, err: expect.stringMatching(/^gent: Another process .*\n$/) });
    const { port } = new URL(program.url);
    const taken = await run('standalone', { GENT_DATA_DIR: newFolder(), GENT_HTTP_PORT: port });
    const inOneLine = /^gent: http cannot listen on 127\.0\.0\.1:\d+: the port is in use.*GENT_HTTP_PORT\n$/;
    expect([taken.status, taken.err]).toEqual([1, expect.stringMatching(inOneLine)]);
    await program.stop();
  }, 60_000);

  it('is refused on a database that is damaged', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'log.db'), 'this is no database'.repeat(1_000));
    const { status, err } = await run('standalone', { GENT_DATA_DIR: folder, GENT_HTTP_PORT: '0' });
    expect([status, err.trim().split('\n').at(-1)]).toEqual([
      1,
      expect.stringMatching(/^gent: .*(damaged|database)/),
    ]);
  });
});

describe('a process', () => {
  it('says once that it is ready, and stops for a signal whatever is connected', async () => {
    const program = await Program.start(newFolder());
    expect(program.said().match(/gent ready/g)).toHaveLength(1);
    expect(await program.call(null, 'GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect((await program.call(null, 'GET', '/metrics')).body).toContain(
      'gent_consumer_lag{consumer="messages',
    );

    const idle = await opened(program.url);
    await opened(`http://127.0.0.1:${program.smtpPort}`);
    const login = JSON.stringify({ email: 'owner@crash.test', password: 'correct horse battery' });
    const head = `POST /auth/login/ HTTP/1.1\r\nHost: gent\r\nContent-Type: application/json\r\nContent-Length: ${login.length}\r\n\r\n`;
    const late = await opened(program.url, head);
    const answer = text(late);
    expect((await program.call(null, 'GET', '/health/live')).status).toBe(200);
    const stopped = program.stop();
    await once(idle.resume(), 'close');
    late.write(login);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [^]*access_token/);
    expect(await stopped).toBe(0);
  }, 60_000);

  it('leaves no secret readable, and nothing that others may read', async () => {
    const folder = newFolder();
    const program = await Program.start(folder);
    const bearer = await program.signIn();
    await program.must(bearer, 'POST', '/v1/domains/', { domain: 'secrets.test' });
    await program.must(bearer, 'POST', '/v1/domains/secrets.test/verify/');
    const address = 'someone@secrets.test';
    const { inbox_id } = await program.must(bearer, 'POST', '/v1/inboxes/', { address });
    const token = { inbox_id, label: 'x', scopes: ['email:read'] };
    const key = { 'idempotency-key': 'once' };
    const { body } = await program.call(bearer, 'POST', '/v1/tokens/', token, key);
    expect(await program.call(bearer, 'POST', '/v1/tokens/', token, key)).toMatchObject({ body });
    await program.stop();

    const secrets = [bearer, body.raw_token, 'correct horse battery', 'PRIVATE KEY'].map((each) =>
      Buffer.from(each),
    );
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      expect([path, statSync(path).mode & 0o077]).toEqual([path, 0]);
      if (!entry.isFile() || /\.(pem|key)$/.test(entry.name)) continue;
      const content = readFileSync(path);
      expect([path, secrets.filter((secret) => content.includes(secret))]).toEqual([path, []]);
    }
    for (const secret of secrets) expect(program.said()).not.toContain(secret.toString());
  }, 60_000);
});

describe('the operator and the quickstart', () => {
  it('reach a running process, and the operator its folder without one', async () => {
    const folder = newFolder();
    const none = await run('ops', { GENT_DATA_DIR: folder }, 'log');
    expect([none.status, existsSync(join(folder, 'log.db'))]).toEqual([1, false]);

    const program = await Program.start(folder);
    const { port } = new URL(program.url);
    const env = { GENT_DATA_DIR: folder, GENT_HTTP_PORT: port, GENT_SMTP_PORT: String(program.smtpPort) };
    const walked = await run('quickstart', { ...env, GENT_API_URL: '' });
    expect([walked.status, walked.err]).toEqual([0, '']);
    expect(walked.out).toMatch(/token-paused[^]*handoff[^]*token-invalid[^]*Done/);
    expect(walked.out).not.toMatch(/gent_\w{20}/);
    const counted = (await run('ops', env, 'log', '--count')).out;
    expect(counted).toMatch(/1 {2}MessageReceived/);
    await program.stop();
    const alone = await run('ops', env, 'log', '--count');
    expect(alone).toMatchObject({ status: 0, out: expect.stringMatching(/1 {2}MessageReceived/) });
  }, 90_000);
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const OWNER = { email: 'owner@bench.test', password: 'a password for the bench' };
const BOOT_MS = 30_000;

type Json = Record<string, unknown>;

/** The real program in a process and a folder of its own, signed in as its owner. */
export class Program {
  private token = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly http: string,
    readonly smtpPort: number,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<Program> {
    const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
    const child = spawn(process.execPath, [join(import.meta.dirname, '../apps/standalone/main.js')], {
      env: {
        PATH: process.env['PATH'],
        GENT_DATA_DIR: folder,
        GENT_HTTP_PORT: '0',
        GENT_SMTP_PORT: '0',
        GENT_EVENTSTORE_PORT: '0',
        GENT_OWNER_EMAIL: OWNER.email,
        GENT_OWNER_PASSWORD: OWNER.password,
        GENT_LOG_LEVEL: 'error',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const late = setTimeout(() => child.kill('SIGKILL'), BOOT_MS);
    for await (const line of createInterface({ input: child.stdout! })) {
      if (!line.includes('gent ready')) continue;
      clearTimeout(late);
      child.stdout!.resume();
      const http = /http:\/\/\S+/.exec(line)?.[0] ?? '';
      const program = new Program(child, folder, http, Number(/smtp:\/\/\S+:(\d+)/.exec(line)?.[1]));
      program.token = String((await program.call('POST', '/auth/login/', OWNER))['access_token']);
      return program;
    }
    await rm(folder, { recursive: true });
    throw new Error('The program did not start');
  }

  async call(method: string, path: string, body?: object): Promise<Json> {
    const response = await fetch(this.http + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text ? (JSON.parse(text) as Json) : {};
  }

  /** A verified domain under `.test`, and its inboxes; answers their ids. */
  async inboxes(domain: string, count: number): Promise<readonly string[]> {
    await this.call('POST', '/v1/domains/', { domain });
    await this.call('POST', `/v1/domains/${domain}/verify/`);
    const ids: string[] = [];
    for (let at = 0; at < count; at += 1)
      ids.push(
        String((await this.call('POST', '/v1/inboxes/', { address: `agent${at}@${domain}` }))['inbox_id']),
      );
    return ids;
  }

  /** Resident memory now and at most, in bytes. */
  async memory(): Promise<Readonly<{ now: number; peak: number }>> {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1_024;
    return { now: of('VmRSS'), peak: of('VmHWM') };
  }

  /** Milliseconds of CPU so far, of each thread by its name. */
  async cpu(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const root = `/proc/${this.child.pid}/task`;
    for (const task of await readdir(root)) {
      const stat = await readFile(`${root}/${task}/stat`, 'utf8').catch(() => null);
      const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat ?? '') ?? [];
      const [user = 0, system = 0] = rest.split(' ').slice(11, 13).map(Number);
      if (name) found.set(name, (found.get(name) ?? 0) + (user + system) * 10);
    }
    return found;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await once(this.child, 'exit');
    await rm(this.folder, { recursive: true });
  }
}

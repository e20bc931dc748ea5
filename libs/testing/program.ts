import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const OWNER = { email: 'owner@crash.test', password: 'correct horse battery' };

const ENTRY = fileURLToPath(new URL('../../apps/standalone/main.js', import.meta.url));
const READY_MS = 30_000;

export type Answer = Readonly<{ status: number; headers: Headers; body: any }>;

/** The real program as a child process, on ports of its own; what a user would start. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly smtpPort: number,
    readonly readyAfterMs: number,
    private readonly output: readonly string[],
  ) {}

  /** Settles when it says that it is ready. */
  static async start(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
    const begun = performance.now();
    const child = spawn(process.execPath, ['--no-warnings', ENTRY], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        GENT_DATA_DIR: folder,
        GENT_HTTP_PORT: '0',
        GENT_SMTP_PORT: '0',
        GENT_EVENTSTORE_PORT: '0',
        GENT_OUTBOUND: 'sandbox',
        GENT_DNS_SERVERS: '127.0.0.1:9',
        GENT_LOG_LEVEL: 'warn',
        GENT_OWNER_EMAIL: OWNER.email,
        GENT_OWNER_PASSWORD: OWNER.password,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const ready = Promise.withResolvers<string>();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        if (line.includes('gent ready')) ready.resolve(line);
      });
    child.once('exit', () => ready.reject(new Error(`It ended before it was ready:\n${output.join('\n')}`)));
    const late = setTimeout(() => ready.reject(new Error(`Not ready:\n${output.join('\n')}`)), READY_MS);
    const line = await ready.promise.finally(() => clearTimeout(late));
    const [, url = ''] = /(http:\/\/[^\s"]+)/.exec(line) ?? [];
    const [, smtp = ''] = /smtp:\/\/[^\s"]*:(\d+)/.exec(line) ?? [];
    return new Program(child, url, Number(smtp), performance.now() - begun, output);
  }

  /** One call, with a bearer or without; a connection that breaks rejects. */
  async call(bearer: string | null, method: string, path: string, body?: object, more = {}): Promise<Answer> {
    const headers = {
      ...more,
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** As `call`, for what must succeed. */
  async must(bearer: string | null, method: string, path: string, body?: object): Promise<any> {
    const answer = await this.call(bearer, method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async signIn(owner = OWNER): Promise<string> {
    return (await this.must(null, 'POST', '/auth/login/', owner)).access_token;
  }

  /** Whether views and sagas have read the log to its end. */
  async haveReadAll(): Promise<boolean> {
    const { body } = await this.call(null, 'GET', '/metrics');
    const lags = [...String(body).matchAll(/^gent_consumer_lag\{.*\} (\d+)$/gm)];
    return lags.length > 0 && lags.every(([, lag]) => lag === '0');
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

  /** SIGKILL, and gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM; the exit status. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** What it said so far, on both outputs. */
  said(): string {
    return this.output.join('\n');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    const [status] = (await exited) as [number | null];
    return status;
  }
}

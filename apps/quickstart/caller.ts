import { setTimeout } from 'node:timers/promises';

type Json = Readonly<Record<string, unknown>>;
export type Answer = Readonly<{ status: number; body: Json }>;

/** Something did not go as it should; the message is for the person who watches. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

const PATIENCE_MS = 20_000;
const SHOWN = 160;

/** Calls the API and prints every call with what came of it. */
export class Caller {
  constructor(
    private readonly url: string,
    private readonly print: (line: string) => void,
  ) {}

  step(title: string) {
    this.print(`\n${title}`);
  }

  note(line: string) {
    this.print(`   ${line}`);
  }

  /** Throws `Unexpected` unless the status is the expected one. */
  async call(
    expected: number,
    bearer: string | null,
    method: string,
    path: string,
    body?: Json,
  ): Promise<Json> {
    const answer = await this.ask(bearer, method, path, body);
    this.show(method, path, body, answer);
    if (answer.status !== expected)
      throw new Unexpected(`${method} ${path} was to answer ${expected}, not ${answer.status}`);
    return answer.body;
  }

  /** Asks until the answer is there: mail is readable a moment after it was taken in. */
  async until(bearer: string | null, path: string, isThere: (body: Json) => boolean): Promise<Json> {
    for (const end = Date.now() + PATIENCE_MS; ;) {
      const answer = await this.ask(bearer, 'GET', path);
      const isDone = answer.status === 200 && isThere(answer.body);
      if (isDone || Date.now() > end) this.show('GET', path, undefined, answer);
      if (isDone) return answer.body;
      if (Date.now() > end) throw new Unexpected(`GET ${path} did not show it in ${PATIENCE_MS / 1_000} s`);
      await setTimeout(100);
    }
  }

  private async ask(bearer: string | null, method: string, path: string, body?: Json): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${this.url}${path}`, init).catch(() => {
      throw new Unexpected(`Nothing answers at ${this.url}: is "npm start" running?`);
    });
    const text = await response.text();
    return { status: response.status, body: text ? (JSON.parse(text) as Json) : {} };
  }

  private show(method: string, path: string, body: Json | undefined, answer: Answer) {
    this.note(`${method} ${path}${body ? `  ${shortened(body)}` : ''}`);
    this.note(`  ${answer.status}  ${shortened(answer.body)}`);
  }
}

/** No secret is printed whole. */
const shortened = (value: Json): string => {
  const text = JSON.stringify(value, (name, each: unknown) =>
    /password|token$/.test(name) && typeof each === 'string' ? `${each.slice(0, 9)}...` : each,
  );
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
};

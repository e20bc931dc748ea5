import { setImmediate } from 'node:timers/promises';
import {
  Global,
  Module,
  type DynamicModule,
  type InjectionToken,
  type Provider,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Scope } from '#kernel/context';
import { EventStore } from '#kernel/event-store';
import type { Event } from '#kernel/messages';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { Codec } from '#platform/event-sourcing/codec';
import { uuid5 } from '#platform/event-sourcing/ids';
import { EventSourcingModule, RunnersModule } from '#platform/event-sourcing/module';
import { Subscriptions } from '#platform/event-sourcing/subscriptions';
import { InboxDirectory, SessionCredentials, TokenCredentials } from '#platform/http/credentials';
import { httpListener } from '#platform/http/listener';
import { configureHttp, httpAdapter, HttpModule } from '#platform/http/module';
import { Parser } from '#platform/parsing/parser';
import { Announcer } from '#platform/process/announcer';
import { ReadStore } from '#platform/read-store/read-store';
import { SearchIndex } from '#platform/search/search-index';
import { Blobs } from '#platform/vault/blobs';
import { PersonalData } from '#platform/vault/personal-data';
import { Records } from '#platform/vault/records';
import { FixedClock } from './context.js';
import { FixedCredentials, FixedInboxes } from './fixed-credentials.js';
import { InlineParser } from './inline-parser.js';
import { InMemoryEventStore } from './in-memory-event-store.js';
import { InMemoryReadStore } from './in-memory-read-store.js';
import { InMemorySearchIndex } from './in-memory-search-index.js';
import { InMemoryBlobs, InMemoryPersonalData, InMemoryRecords } from './in-memory-vault.js';
import { METADATA } from './recorded.js';
import { testConfig } from './test-config.js';

export type Reply = Readonly<{ status: number; headers: Headers; body: any }>;
type Options = Readonly<{
  features: readonly (DynamicModule | Type)[];
  store?: InMemoryEventStore;
  config?: Partial<Config>;
  /** The features bring the credentials and inboxes themselves. */
  realCredentials?: boolean;
  /** Ports of the platform that a feature needs beside the stores, or in place of the usual ones. */
  ports?: readonly (Provider & { provide: InjectionToken })[];
}>;

const inMemoryVault = () => {
  const personalData = new InMemoryPersonalData();
  return { personalData, blobs: new InMemoryBlobs(personalData), records: new InMemoryRecords() };
};
export type InMemoryVault = ReturnType<typeof inMemoryVault>;

const fixedCredentials = [
  { provide: TokenCredentials, useClass: FixedCredentials },
  { provide: SessionCredentials, useClass: FixedCredentials },
  { provide: InboxDirectory, useClass: FixedInboxes },
];

const ANY_PORT = { host: '127.0.0.1', port: 0 };

/** The real application, Fastify on port 0 and all, over stores in memory. */
export class InMemoryApp {
  private constructor(
    private readonly options: Options,
    private readonly nest: NestFastifyApplication,
    readonly store: InMemoryEventStore,
    readonly vault: InMemoryVault,
  ) {}

  static async start(options: Options, vault = inMemoryVault()): Promise<InMemoryApp> {
    const { features, store = new InMemoryEventStore(), config, ports: more = [] } = options;
    const ports: (Provider & { provide: InjectionToken })[] = [
      { provide: Config, useValue: testConfig(config) },
      { provide: EventStore, useValue: store },
      { provide: PersonalData, useValue: vault.personalData },
      { provide: Blobs, useValue: vault.blobs },
      { provide: Records, useValue: vault.records },
      { provide: Parser, useClass: InlineParser },
      { provide: SearchIndex, useClass: InMemorySearchIndex },
      { provide: ReadStore, useClass: InMemoryReadStore },
      { provide: Clock, useClass: FixedClock },
      { provide: Announcer, useValue: { say: () => undefined } },
      ...(options.realCredentials ? [] : fixedCredentials),
      ...more,
    ];
    @Global()
    @Module({ providers: ports, exports: ports.map(({ provide }) => provide) })
    class Ports {}
    @Module({ imports: [Ports, EventSourcingModule, RunnersModule.with(), HttpModule, ...features] })
    class App {}
    const quiet = { logger: false, abortOnError: false, bodyParser: false } as const;
    const nest = await NestFactory.create<NestFastifyApplication>(App, httpAdapter(), quiet);
    configureHttp(nest);
    try {
      await httpListener(nest, ANY_PORT).listen();
    } catch (error) {
      await nest.close();
      throw error;
    }
    return new InMemoryApp(options, nest, store, vault);
  }

  /** Another process on the same log and vault; the views are built anew. */
  async restarted(): Promise<InMemoryApp> {
    await this.stop();
    const app = await InMemoryApp.start({ ...this.options, store: this.store }, this.vault);
    await app.settled();
    return app;
  }

  get<T>(token: abstract new (...args: never[]) => T): T {
    return this.nest.get<T>(token as Type<T>);
  }

  /** One call, by a caller of `FixedCredentials` or by nobody. */
  async call(
    caller: string | null,
    method: string,
    path: string,
    body?: object,
    more: Record<string, string> = {},
  ): Promise<Reply> {
    const headers = {
      ...more,
      ...(caller && { authorization: `Bearer ${caller}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const prefix = path.startsWith('/auth/') ? '' : '/v1';
    return this.send(method, `${prefix}${path}`, body && JSON.stringify(body), headers);
  }

  /** One call as it is, to any path. */
  async send(
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const sent = body !== undefined && { body: body as string, duplex: 'half' as const };
    const response = await fetch(`${await this.url()}${path}`, { method, headers, ...sent });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** Where it listens, without a path. */
  async url(): Promise<string> {
    return this.nest.getUrl();
  }

  /** What is there for everybody, as it is. */
  async text(path: string): Promise<string> {
    return (await fetch(`${await this.url()}${path}`)).text();
  }

  /** An event from elsewhere: another feature, another process, an older version. */
  async given(stream: string, event: Event, scope: Scope = METADATA) {
    const revision = (await this.store.read(stream)).at(-1)?.revision;
    const id = uuid5(stream, String(revision));
    const stored = await this.get(Codec).encode({ ...event, id, metadata: { ...METADATA, ...scope } });
    await this.store.append(stream, revision ?? 'no-stream', [stored]);
  }

  /** Until every view and saga has done what there is to do. */
  async settled() {
    const subscriptions = this.get(Subscriptions);
    while (!(await subscriptions.caughtUp())) {
      if (subscriptions.failing.size > 0)
        throw new Error(`${[...subscriptions.failing].join()} cannot go on`);
      await setImmediate();
    }
  }

  async stop() {
    await httpListener(this.nest, ANY_PORT).drain(AbortSignal.timeout(1_000));
    await this.nest.close();
  }
}

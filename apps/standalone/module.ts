import { Global, Module, type Provider, type Type } from '@nestjs/common';
import { features } from '#apps/features';
import { Clock, SystemClock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { DnsModule } from '#platform/dns/module';
import { EventStoreModule } from '#platform/event-store/module';
import { EventSourcingModule, RunnersModule } from '#platform/event-sourcing/module';
import { Rebuilder } from '#platform/event-sourcing/rebuild';
import { ThreadRebuilder } from '#platform/event-sourcing/rebuild-thread';
import { HttpModule } from '#platform/http/module';
import { ObservabilityModule } from '#platform/observability/module';
import { OpsModule } from '#platform/ops/module';
import { ParsingModule } from '#platform/parsing/module';
import { Announcer } from '#platform/process/announcer';
import { DataFolder } from '#platform/process/data-folder';
import { Listeners } from '#platform/process/listeners';
import { ReadStoreModule } from '#platform/read-store/module';
import { SearchModule } from '#platform/search/module';
import { SmtpServerModule } from '#platform/smtp/server/module';
import { VaultModule } from '#platform/vault/module';

/** What belongs to the process itself and everybody may ask for. */
@Global()
@Module({})
class ProcessModule {}

const inAThread = ({ dataDir, masterKey }: Config): Provider => {
  const script = new URL('./rebuild.worker.js', import.meta.url);
  return { provide: Rebuilder, useFactory: () => new ThreadRebuilder(script, { dataDir, masterKey }) };
};

/** A class of its own and no dynamic module: of those, Nest starts the imports before what they import. */
export const standaloneModule = (config: Config, folder: DataFolder): Type => {
  const providers: Provider[] = [
    { provide: Config, useValue: config },
    { provide: DataFolder, useValue: folder },
    { provide: Clock, useFactory: () => new SystemClock(config.clockOffsetMs) },
    Announcer,
    Listeners,
  ];
  const exports = [Config, DataFolder, Clock, Announcer, Listeners];
  @Module({
    imports: [
      { module: ProcessModule, providers, exports },
      EventStoreModule,
      VaultModule,
      ReadStoreModule,
      SearchModule,
      DnsModule,
      EventSourcingModule,
      RunnersModule.with(inAThread(config)),
      HttpModule,
      ObservabilityModule,
      OpsModule,
      ParsingModule,
      ...features,
      SmtpServerModule,
    ],
  })
  class StandaloneModule {}
  return StandaloneModule;
};

import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { features } from '#apps/features';
import { Clock, SystemClock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { EventSourcingModule, RunnersModule } from '#platform/event-sourcing/module';
import { HttpModule } from '#platform/http/module';
import { ObservabilityModule } from '#platform/observability/module';
import { ParsingModule } from '#platform/parsing/module';
import { Announcer } from '#platform/process/announcer';
import { DataFolder } from '#platform/process/data-folder';
import { Listeners } from '#platform/process/listeners';

/** What belongs to the process itself and everybody may ask for. */
@Global()
@Module({})
class ProcessModule {}

@Module({})
export class StandaloneModule {
  static of(config: Config, folder: DataFolder): DynamicModule {
    const providers: Provider[] = [
      { provide: Config, useValue: config },
      { provide: DataFolder, useValue: folder },
      { provide: Clock, useFactory: () => new SystemClock(config.clockOffsetMs) },
      Announcer,
      Listeners,
    ];
    const exports = [Config, DataFolder, Clock, Announcer, Listeners];
    return {
      module: StandaloneModule,
      imports: [
        { module: ProcessModule, providers, exports },
        EventSourcingModule,
        RunnersModule.with(),
        HttpModule,
        ObservabilityModule,
        ParsingModule,
        ...features,
      ],
    };
  }
}

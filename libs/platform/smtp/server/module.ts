import { Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { reasonOf } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { Listeners } from '#platform/process/listeners';
import { certificate } from './certificate.js';
import { MailHandler } from './handler.js';
import { LIMITS } from './limits.js';
import { SmtpServer } from './server.js';

/** For a process that takes mail in; the feature that says what becomes of it provides `MailHandler`. */
@Module({
  providers: [
    {
      provide: SmtpServer,
      inject: [Config, Clock, MailHandler],
      useFactory: (config: Config, clock: Clock, handler: MailHandler) => {
        const logger = new Logger(SmtpServer.name);
        return new SmtpServer(config.smtp, {
          hostname: config.mailHostname,
          limits: LIMITS,
          secureContext: certificate(config, clock.now(), (text) => logger.warn(text)),
          handler,
          onFailure: (error) => logger.error(`A client was put off: ${reasonOf(error)}`),
        });
      },
    },
  ],
})
export class SmtpServerModule implements OnModuleInit {
  constructor(
    private readonly listeners: Listeners,
    @Inject(SmtpServer) private readonly server: SmtpServer,
  ) {}

  onModuleInit() {
    this.listeners.add(this.server);
  }
}

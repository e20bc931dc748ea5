import { Global, Module } from '@nestjs/common';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { SessionCredentials } from '#platform/http/credentials';
import { ReservationsModule } from '#platform/reservations/module';
import { Authentication } from './authentication.js';
import { session, tenant, user } from './decider.js';
import { UserDirectory, UserSessions } from './directory.js';
import { FirstBoot } from './first-boot.js';
import { AuthController } from './http.js';
import { Passwords } from './passwords.js';
import { tenants, users } from './read-model.js';
import { Sessions } from './sessions.js';

@Global()
@Module({
  imports: [
    ReservationsModule,
    EventSourcingModule.forFeature({ aggregates: [tenant, user, session], projections: [tenants, users] }),
  ],
  providers: [
    Authentication,
    FirstBoot,
    Passwords,
    Sessions,
    UserDirectory,
    { provide: SessionCredentials, useClass: UserSessions },
  ],
  controllers: [AuthController],
  exports: [SessionCredentials],
})
export class AccountsModule {}

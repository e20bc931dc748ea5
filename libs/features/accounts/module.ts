import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { SessionCredentials } from '#platform/http/credentials';
import { ReservationsModule } from '#platform/reservations/module';
import { Authentication } from './authentication.js';
import { session, tenant, user } from './decider.js';
import { UserDirectory, UserSessions } from './directory.js';
import { FirstBoot } from './first-boot.js';
import { AuthController } from './http.js';
import { OwnUserController } from './me.js';
import { Passwords } from './passwords.js';
import { FirstReadings, NoteReading, TenantProgress } from './progress.js';
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
    FirstReadings,
    TenantProgress,
    { provide: APP_INTERCEPTOR, useClass: NoteReading },
    FirstBoot,
    Passwords,
    Sessions,
    UserDirectory,
    { provide: SessionCredentials, useClass: UserSessions },
  ],
  controllers: [AuthController, OwnUserController],
  exports: [SessionCredentials],
})
export class AccountsModule {}

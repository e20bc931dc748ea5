import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { SessionCredentials } from '#platform/http/credentials';
import { OpsRegistryModule } from '#platform/ops/registry';
import { ReservationsModule } from '#platform/reservations/module';
import { Authentication } from './authentication.js';
import { session, tenant, user } from './decider.js';
import { TenantDirectory, UserDirectory, UserSessions } from './directory.js';
import { FirstBoot } from './first-boot.js';
import { FirstReadings, NoteReading } from './first-readings.js';
import { AuthController } from './http.js';
import { OwnUserController } from './me.js';
import { SessionOperation, TenantOperation } from './ops.js';
import { Passwords } from './passwords.js';
import { TenantProgress } from './progress.js';
import { tenants, users } from './read-model.js';
import { Sessions } from './sessions.js';

@Global()
@Module({
  imports: [
    OpsRegistryModule,
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
    TenantDirectory,
    UserDirectory,
    TenantOperation,
    SessionOperation,
    { provide: SessionCredentials, useClass: UserSessions },
  ],
  controllers: [AuthController, OwnUserController],
  exports: [SessionCredentials],
})
export class AccountsModule {}

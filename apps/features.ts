import type { DynamicModule, Type } from '@nestjs/common';
import { AccountsModule } from '#features/accounts/module';
import { AuditModule } from '#features/audit/module';
import { DeliveryModule } from '#features/delivery/module';
import { DomainsModule } from '#features/domains/module';
import { HandoffModule } from '#features/handoff/module';
import { InboxesModule } from '#features/inboxes/module';
import { MailboxModule } from '#features/mailbox/module';
import { ReceivingModule } from '#features/receiving/module';
import { SendingModule } from '#features/sending/module';
import { SuppressionsModule } from '#features/suppressions/module';
import { TokensModule } from '#features/tokens/module';

/** Everything that Gent can do; the processes differ in what they run of it, not in what they know. */
export const features: readonly (Type | DynamicModule)[] = [
  AccountsModule,
  AuditModule,
  DomainsModule,
  HandoffModule,
  InboxesModule,
  MailboxModule,
  ReceivingModule,
  SendingModule,
  DeliveryModule,
  SuppressionsModule,
  TokensModule,
];

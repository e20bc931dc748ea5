import { Module } from '@nestjs/common';
import { Composer } from '#platform/composing/composer';
import { UploadsModule } from '#platform/vault/uploads';
import { SendMessageHandler } from './handlers.js';
import { SendingController } from './http.js';
import { SigningKeys } from './signing-keys.js';

@Module({
  imports: [UploadsModule],
  providers: [SendMessageHandler, SigningKeys, Composer],
  controllers: [SendingController],
})
export class SendingModule {}

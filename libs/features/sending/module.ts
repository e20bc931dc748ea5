import { Module } from '@nestjs/common';
import { UploadsModule } from '#platform/vault/uploads';
import { SendMessageHandler } from './handlers.js';
import { SendingController } from './http.js';
import { SigningKeys } from './signing-keys.js';

@Module({
  imports: [UploadsModule],
  providers: [SendMessageHandler, SigningKeys],
  controllers: [SendingController],
})
export class SendingModule {}

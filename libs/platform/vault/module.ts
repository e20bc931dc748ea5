import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { Blobs } from './blobs.js';
import { EmbeddedVault } from './embedded/vault.js';
import { loadMasterKey } from './master-key.js';
import { PersonalData } from './personal-data.js';
import { Records } from './records.js';

const vault = {
  provide: EmbeddedVault,
  inject: [Config, Clock],
  useFactory: async ({ dataDir: folder, masterKey }: Config, clock: Clock) =>
    EmbeddedVault.open({ folder, masterKey: await loadMasterKey(folder, masterKey), clock }),
};

const ports = [
  { provide: PersonalData, inject: [EmbeddedVault], useFactory: (open: EmbeddedVault) => open.personalData },
  { provide: Blobs, inject: [EmbeddedVault], useFactory: (open: EmbeddedVault) => open.blobs },
  { provide: Records, inject: [EmbeddedVault], useFactory: (open: EmbeddedVault) => open.records },
];

/** Global, so it is open before what uses it is made, and closed after all of that has stopped. */
@Global()
@Module({ providers: [vault, ...ports], exports: [PersonalData, Blobs, Records] })
export class VaultModule implements OnApplicationShutdown {
  constructor(private readonly vault: EmbeddedVault) {}

  async onApplicationShutdown() {
    await this.vault.close();
  }
}

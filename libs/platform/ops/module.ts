import { Module } from '@nestjs/common';
import { LogOperation } from './log.js';
import { OpsRegistryModule } from './registry.js';
import { ParkedOperation } from './parked.js';
import { ProjectionsOperation } from './projections.js';

/** What can be done for an operator whatever the features are. */
@Module({
  imports: [OpsRegistryModule],
  providers: [LogOperation, ParkedOperation, ProjectionsOperation],
})
export class OpsModule {}

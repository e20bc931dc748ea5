import { Global, Module } from '@nestjs/common';
import { Parser } from './parser.js';
import { ParserPool } from './parser-pool.js';

@Global()
@Module({
  providers: [{ provide: Parser, useFactory: () => new ParserPool() }],
  exports: [Parser],
})
export class ParsingModule {}

import { Injectable } from '@nestjs/common';

/** What is meant for the person who started the process, on standard output; the log goes to standard error. */
@Injectable()
export class Announcer {
  say(line: string) {
    process.stdout.write(`${line}\n`);
  }
}

import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError, parseConfig } from '#platform/config/parse-config';
import type { Config } from '#platform/config/config';
import { BAD_CONFIGURATION, Refusal, systemCode } from '#platform/process/refusal';

/** The configuration from the environment and, beneath it, `.env`. Throws `Refusal`. */
export const readConfig = (): Config => {
  for (const [name, value] of Object.entries(parseEnv(dotEnv()))) process.env[name] ??= value;
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(error.message, BAD_CONFIGURATION);
    throw error;
  }
};

/** Without the mark that some editors begin a file with, which would be taken for a part of the first name. */
const dotEnv = (): string => {
  try {
    return readFileSync('.env', 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw new Refusal(
      `.env cannot be read (${systemCode(error)}): make it a file that this user may read, or remove it`,
      BAD_CONFIGURATION,
    );
  }
};

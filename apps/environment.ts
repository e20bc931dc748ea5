import { ConfigError, parseConfig } from '#platform/config/parse-config';
import type { Config } from '#platform/config/config';
import { BAD_CONFIGURATION, Refusal, systemCode } from '#platform/process/refusal';

/** The configuration from the environment and, beneath it, `.env`. Throws `Refusal`. */
export const readConfig = (): Config => {
  try {
    process.loadEnvFile();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw new Refusal(`.env cannot be read: ${systemCode(error)}`);
  }
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(error.message, BAD_CONFIGURATION);
    throw error;
  }
};

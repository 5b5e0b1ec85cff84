/** Reads the configuration for a command: finds the file, gathers all sources, and tells every problem at once. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { configOrFault, errorCode } from '../config/configuration-fault.ts'
import { CONFIG_FILE_VARIABLE, type ConfigResult, readConfig } from '../config/read-config.ts'
import { type Terminal, usageError } from './terminal.ts'

/** What `--config` and `--set` give. */
export interface ConfigOptions {
  readonly config?: string
  readonly set?: readonly string[]
}

/** Reads all sources; a file that cannot be read is a usage error. */
export async function configResultOf(terminal: Terminal, options: ConfigOptions): Promise<ConfigResult> {
  const name = options.config ?? terminal.environment[CONFIG_FILE_VARIABLE]
  return readConfig({
    file: name === undefined ? undefined : await configFile(resolve(terminal.workingFolder, name), name),
    environment: terminal.environment,
    overrides: options.set ?? [],
    workingFolder: terminal.workingFolder,
  })
}

/** The configuration, or a ConfigurationFault that lists all problems. */
export async function configOf(terminal: Terminal, options: ConfigOptions): Promise<Config> {
  return configOrFault(await configResultOf(terminal, options))
}

async function configFile(
  path: string,
  name: string,
): Promise<{ name: string; folder: string; text: string }> {
  try {
    return { name, folder: dirname(path), text: await readFile(path, 'utf8') }
  } catch (error) {
    throw usageError(
      `cannot read the configuration ${name} (${errorCode(error)}); check the path given with --config`,
    )
  }
}

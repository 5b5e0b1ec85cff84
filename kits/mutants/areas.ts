/** What is mutated, by area: where a fault would let a message through, stop one or lose one, or show somebody what is not theirs. */
import { globSync } from 'node:fs'

/** Folders under `src/` of each area. */
export const AREAS: Readonly<Record<string, readonly string[]>> = {
  policy: ['core/policy'],
  duis: ['core/duis'],
  gateway: ['gateway'],
  flags: ['flags'],
  restrictions: ['restrictions', 'core/restriction'],
  tls: ['tls'],
  control: ['control'],
  notices: ['notices', 'core/notice'],
  reports: ['reports', 'core/report'],
  store: ['store/sql'],
}

/** Its files, as paths from the root. */
export function filesOf(root: string, area: string): readonly string[] {
  const folders = AREAS[area] ?? []
  return folders.flatMap((folder) => globSync(`src/${folder}/**/*.ts`, { cwd: root })).sort()
}

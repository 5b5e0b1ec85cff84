/** A disk of its own, small enough to be filled: a tmpfs that is mounted for as long as a test runs. It needs root. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestScope } from './start-gateway.ts'
import { wardedFolder } from './warden.ts'

export interface SmallDisk {
  readonly folder: string
  /** Writes a file of ours until nothing more goes in. */
  fill(): void
  /** Takes that file away. */
  free(): void
}

/** Why there is none here; undefined where this user may mount one. */
export function whyNoSmallDisk(): string | undefined {
  const folder = wardedFolder()
  try {
    mount(folder, '64k')
    execFileSync('umount', [folder])
    return undefined
  } catch {
    return 'a small disk cannot be mounted here: it needs root'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function mount(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
}

/** Mounts it there; `size` as `mount` has it, `16m` for example. */
export function smallDisk(scope: TestScope, folder: string, size: string): SmallDisk {
  mkdirSync(folder)
  mount(folder, size)
  // Lazily: a process that is about to end may still have a file open.
  scope.teardown(() => execFileSync('umount', ['-l', folder]))
  const filler = join(folder, 'filler')
  return {
    folder,
    fill: () => fill(filler),
    free: () => writeFileSync(filler, ''),
  }
}

/** In large pieces first and then in small ones. */
function fill(file: string): void {
  for (const size of [1_048_576, 4_096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}

/** A process that locks a folder and waits to be killed. Its word is the folder. */
import { FolderLock } from '../../src/journal/folder-lock.ts'

const lock = FolderLock.take(process.argv[2] ?? '', 'gateway')
process.send?.('locked')
process.on('disconnect', () => lock.release())

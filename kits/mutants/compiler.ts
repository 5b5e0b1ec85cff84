/**
 * Whether a mutant compiles. One that does not is no fault that could be there, and is not counted. What is only unused or
 * cannot be reached is let pass: it is what a forgotten call leaves behind.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { type Mutant, mutated } from './mutation.ts'

export class Compiler {
  readonly #root: string
  readonly #service: ts.LanguageService
  #path = ''
  #text = ''
  #version = 0

  constructor(root: string, files: readonly string[]) {
    this.#root = root
    this.#service = ts.createLanguageService(this.#host(files.map((file) => join(root, file))))
  }

  /** `text` is that of the mutant's file, without it. */
  accepts(mutant: Mutant, text: string): boolean {
    this.#path = join(this.#root, mutant.file)
    this.#text = mutated(text, mutant)
    this.#version++
    const isWellFormed = this.#service.getSyntacticDiagnostics(this.#path).length === 0
    return isWellFormed && this.#service.getSemanticDiagnostics(this.#path).length === 0
  }

  #host(files: readonly string[]): ts.LanguageServiceHost {
    const { config } = ts.readConfigFile(join(this.#root, 'tsconfig.json'), ts.sys.readFile)
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, this.#root)
    const lenient = {
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
      allowUnreachableCode: true,
    }
    const textOf = (path: string) => (path === this.#path ? this.#text : readText(path))
    return {
      getScriptFileNames: () => [...files],
      getScriptVersion: (path) => (path === this.#path ? `mutant ${this.#version}` : 'as it is'),
      getScriptSnapshot: (path) => {
        const text = textOf(path)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      getCurrentDirectory: () => this.#root,
      getCompilationSettings: () => lenient,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    }
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

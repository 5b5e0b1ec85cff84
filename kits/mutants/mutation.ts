/**
 * The mutants of one source file: every small change that `operators.ts` knows, found on its syntax tree. Types, imports and
 * words for people are left alone: they decide nothing when the program runs.
 */
import ts from 'typescript'
import { type Change, changesOf } from './operators.ts'

/** One change of one file. */
export interface Mutant {
  /** Path from the root of the tree: `src/tls/trust.ts`. */
  readonly file: string
  /** Offsets of what is replaced. */
  readonly start: number
  readonly end: number
  readonly replacement: string
  /** From 1. */
  readonly line: number
  /** The line that the change begins on, without the blanks around it. */
  readonly code: string
  /** What is done, in short: `` `<` → `<=` ``. */
  readonly change: string
}

/** In the order of the file. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const lines = text.split('\n')
  const mutants: Mutant[] = []
  const seen = new Set<string>()
  const add = ({ start, end, replacement }: Change) => {
    const key = `${start} ${end} ${replacement}`
    if (seen.has(key)) return
    seen.add(key)
    const line = source.getLineAndCharacterOfPosition(start).line
    const change = `\`${inShort(text.slice(start, end))}\` → \`${inShort(replacement)}\``
    mutants.push({ file, start, end, replacement, line: line + 1, code: lines[line]?.trim() ?? '', change })
  }
  const visit = (node: ts.Node): void => {
    if (isSilent(node)) return
    for (const change of changesOf(node, source)) add(change)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return mutants.sort((one, other) => one.start - other.start)
}

/** The text of the file with the mutant in it. */
export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

/** Whether nothing of it is there when the program runs, or it only names what is elsewhere. */
function isSilent(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node)
  )
}

const LONGEST = 60

function inShort(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

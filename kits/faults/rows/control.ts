/** A: control plane, privacy, supply chain. */
import { exposure, readOnlyRoot } from '../probes/hardening.ts'
import { privateOutput } from '../probes/private-output.ts'
import { probe, type Row, tests } from '../row.ts'

const BWRAP = { program: 'bwrap', package: 'bubblewrap' }
const SYSTEMD_ANALYZE = { program: 'systemd-analyze', package: 'systemd' }
const NO_MESSAGE = 'none is concerned'

export const ROWS: readonly Row[] = [
  {
    id: 'A1',
    fault: 'Two people change one flag at once, or a change rests on what is no longer so',
    how: '100 changes against the same ETag, changes without If-Match, changes on the page from an old form',
    holds: 'exactly 1 of 100 is done, 99 answer 412; 428 without If-Match',
    messages: 'decided on by the one change',
    operator: 'the audit has each attempt',
    proofs: [tests('control/restrictions', /ETag|If-Match/), tests('control/tables')],
  },
  {
    id: 'A2',
    fault:
      'A request is sent again, at once, after a restart, or with another body under its Idempotency-Key',
    how: '20 at once, one after a restart, one with another body',
    holds: 'one effect and one answer; 422 for another body',
    messages: 'decided on by the one change',
    operator: 'the audit has one entry',
    proofs: [tests('control/restrictions', /Idempotency|restart|leaves its key/)],
  },
  {
    id: 'A3',
    fault:
      'Somebody does what is not theirs: another role, another site, a stolen session, odd paths, guessed tokens',
    how: 'every route by every role; forms from elsewhere; sessions of before; paths that climb or repeat; floods of tokens',
    holds:
      'each route opens to the roles of the table and to no other; no form without its own session; guessing is slowed down',
    messages: NO_MESSAGE,
    operator: 'denials in the audit with their route; a warning in the log for an address that guesses',
    proofs: [
      tests('control/matrix'),
      tests('control/sessions'),
      tests('control/identity'),
      tests('control/attempts'),
      tests('control/requests', /paths|path is only/),
      tests('control/server', /paths/),
    ],
  },
  {
    id: 'A4',
    fault: 'The API answers what its document does not say',
    how: 'every answer of the API’s tests is held against the OpenAPI document',
    holds: '0 undocumented answers; every error is application/problem+json',
    messages: NO_MESSAGE,
    operator: 'nothing',
    proofs: [
      tests('control/openapi'),
      tests('control/requests'),
      tests('control/look-ups'),
      tests('control/bulk'),
    ],
  },
  {
    id: 'A5',
    fault: 'A file for a spreadsheet that the spreadsheet would run',
    how: 'values that begin with = + - @ tab, CR, NUL; any values there and back',
    holds: 'an apostrophe in front of each; RFC 4180 both ways',
    messages: NO_MESSAGE,
    operator: 'nothing',
    proofs: [
      tests('csv/csv-writer'),
      tests('control/bulk', /spreadsheet/),
      tests('control/listings', /file/),
    ],
  },
  {
    id: 'A6',
    fault: 'A page that not everybody can use',
    how: 'axe-core in Chromium on every page, at 400 % zoom, journeys by keyboard and without scripts',
    holds:
      '0 findings of WCAG 2.2 A and AA; no sideways scrolling; a flag is set by keyboard alone and without scripts',
    messages: NO_MESSAGE,
    operator: 'nothing',
    proofs: [tests('control/page/accessible'), tests('control/page/browser')],
    notHere: 'automation finds a part of what matters; people with assistive technology have not been asked',
  },
  {
    id: 'A7',
    fault:
      'Logs tell of a household: EUI-64, MPxN, serial numbers, certificates, tokens, what somebody wrote',
    how: 'all fixtures, refused certificates, wrong, right and unknown calls and starts that fail, by `serve` at level trace',
    holds: '0 hits outside journal and audit',
    messages: 'decided on as ever',
    operator: 'decision IDs and codes: the journal has the rest',
    proofs: [
      probe(privateOutput),
      tests('control/log-privacy'),
      tests('control/attempts', /nothing of the tokens/),
      tests('restriction/personal-data'),
    ],
  },
  {
    id: 'A8',
    fault: 'A package that is not what it was, runs scripts, or has a licence that spreads',
    how: 'package-lock.json, licences of all that is installed, an SBOM',
    holds:
      'every package locked by its SHA-512, none runs a script when installed, all permissive, the SBOM whole; 16 direct ones, each with its reason',
    messages: NO_MESSAGE,
    operator: '`npm run --silent sbom`, [dependencies.md](dependencies.md)',
    proofs: [tests('deploy/supply-chain')],
    notHere: '`npm audit signatures` asks the public registry for its keys',
  },
  {
    id: 'A9',
    fault: 'Whoever gets into the process goes on from there',
    how: 'systemd-analyze on the units; `serve` under bwrap with all but its own folder read-only, as a user without rights or ways to get them',
    holds: 'exposure at most 2.0; every message is answered as ever',
    messages: 'decided on as ever',
    operator: 'nothing',
    proofs: [probe(readOnlyRoot, BWRAP), probe(exposure, SYSTEMD_ANALYZE), tests('deploy/manifests')],
    notHere: 'the whole suite does not run read-only: its tests write into temporary folders',
  },
  {
    id: 'A10',
    fault: 'A bench that waits with the upstream and so hides its pauses',
    how: 'the upstream stalls for 1 s at 200 messages a second',
    holds: 'p99.9 of 900 ms or more is reported, and no message left out',
    messages: NO_MESSAGE,
    operator: 'nothing',
    proofs: [tests('bench/coordinated-omission'), tests('bench/ladder', /sound|counts what/)],
  },
]

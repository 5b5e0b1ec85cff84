/** Entries of the audit by what they are: what was done or denied, who looked, who came in. Most are looks, and hide what was done. */

export const AUDIT_KINDS = ['done', 'looks', 'sign-ins'] as const
export type AuditKind = (typeof AUDIT_KINDS)[number]

/** Who looked at what. */
const LOOKS = ['restriction.looked-up', 'audit.looked-up', 'audit.verified', 'meter-points.fetched'] as const

/** Who signed in or out, or was refused a session. */
const SIGN_INS = ['session.opened', 'session.closed', 'session.refused'] as const

/** Actions by kind; `done` is all that are not of another kind. */
export const ACTIONS_OF_KIND: Readonly<Record<Exclude<AuditKind, 'done'>, readonly string[]>> = {
  looks: LOOKS,
  'sign-ins': SIGN_INS,
}

export function isAuditKind(text: string): text is AuditKind {
  return (AUDIT_KINDS as readonly string[]).includes(text)
}

/** Access tokens that people made themselves, as rows. */
import type { Instant } from '../../core/device/device.ts'
import type { Actor } from '../../core/restriction/party.ts'
import type { AccessToken, TokenChanges, TokenOwner } from '../token-store.ts'
import { json, numberOf, optional, record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { Conditions, SqlTable } from './sql-table.ts'

const TOKENS = new SqlTable(
  'access_tokens',
  'id',
  record<AccessToken>({
    id: text('id'),
    tokenHash: text('token_hash'),
    party: text('party'),
    name: text('name'),
    roles: json('roles'),
    purpose: text('purpose'),
    madeAt: time('made_ms'),
    expiresAt: time('expires_ms'),
    revokedAt: optional(time('revoked_ms')),
    revokedBy: optional(json('revoked_by')),
  }),
)

const COUNT_LIVE = `
  SELECT count(*) AS tokens FROM access_tokens
  WHERE party = ? AND name = ? AND revoked_ms IS NULL AND expires_ms > ?`

const REVOKE = `
  UPDATE access_tokens SET revoked_ms = ?, revoked_by = ? WHERE id = ? AND revoked_ms IS NULL`

export class SqlTokens extends SqlGroup implements TokenChanges {
  find(id: string) {
    return TOKENS.find(this.session, 'WHERE id = ?', id)
  }

  withHash(tokenHash: string) {
    return TOKENS.find(this.session, 'WHERE token_hash = ?', tokenHash)
  }

  list(owner: TokenOwner | undefined, limit: number, after?: string) {
    const asked = new Conditions()
      .addIf('party = ?', owner?.party)
      .addIf('name = ?', owner?.name)
      .addIf('id < ?', after)
    return TOKENS.page(this.session, asked, 'id DESC', limit, ({ id }) => id)
  }

  async countLive({ party, name }: TokenOwner, now: Instant) {
    return numberOf((await this.session.get(COUNT_LIVE, party, name, now))?.tokens)
  }

  add(token: AccessToken) {
    return TOKENS.add(this.session, token)
  }

  async revoke(id: string, at: Instant, by: Actor) {
    await this.session.run(REVOKE, at, JSON.stringify(by), id)
  }
}

/** Settings of signing in to the page, and of the tokens that people make there. */
import { z } from 'zod'
import { whole } from './kinds.ts'

export const signInSchema = z
  .strictObject({
    tokenDays: whole(
      'days',
      0,
      366,
      90,
      'How long a token lives at most that somebody made on the page, for the API; 0: there are none.',
    ),
  })
  .prefault({})

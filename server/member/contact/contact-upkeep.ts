import { createHash } from 'node:crypto'
import type { Db } from '../../../db/database.ts'
import {
  addPartyCalls,
  askForContact,
  noteContact,
  partyContact,
} from '../../../db/party-contacts.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault, isPassing } from '../../errors.ts'
import { dayOf, nextDay } from '../../vendor-calls/call-limits.ts'
import type { Brought, ContactBringer, ContactUpdate } from './bring-contact.ts'
import type { WantedContact } from './wanted-contact.ts'

/** A contact that was brought with the same values this recently is not asked about again. */
const RECENT_MS = 10 * 60_000

/** Brings contacts with no more calls to Cvent than needed: not twice within minutes, and not beyond a party's part of the day. */
export interface ContactUpkeep {
  /**
   * Brings a contact, or finds that it is up to date. `mayCall` is asked before the first call, and false puts the contact
   * off (`fault` with `turnedAway`). With `isLater` what could not be done now is left to the worker.
   *
   * @throws as `ContactBringer`
   */
  bring(
    update: ContactUpdate,
    options: { mayCall?: () => Promise<boolean>; isLater: boolean },
  ): Promise<Brought>
  /** @throws Fault `VENDOR_UNAVAILABLE` until the next day when a party has used up its part of this one */
  checkPart(loaded: LoadedAccount, partyId: string): Promise<void>
  /** Counts calls that were made for a party beside those for its contact. */
  count(loaded: LoadedAccount, partyId: string, calls: number): Promise<void>
}

/** Opens the upkeep over the contacts that were brought before, by any instance. */
export function openContactUpkeep(deps: {
  db: Db
  contacts: ContactBringer
  now: () => number
}): ContactUpkeep {
  const { db, contacts, now } = deps

  async function checkPart({ account }: LoadedAccount, partyId: string) {
    const row = await partyContact(db, account.key, partyId)
    const used = row?.day === dayOf(now()) ? row.calls : 0
    if (used >= account.cvent.callsPerMember)
      throw new Fault(
        'VENDOR_UNAVAILABLE',
        `the ${account.cvent.callsPerMember} calls to Cvent that one member may use in a day are used up`,
        { retryAt: nextDay(now()) },
      )
  }

  return {
    async bring(update, { mayCall, isLater }) {
      const { loaded, partyId, eventCode } = update
      const { key } = loaded.account
      let calls = 0
      let digest = ''
      const brought = await contacts.bring({
        ...update,
        onCall: () => (calls += 1),
        async before(wanted) {
          digest = digestOf(loaded, wanted)
          const row = await partyContact(db, key, partyId)
          const isRecent = now() - (row?.broughtAt ?? 0) < RECENT_MS
          if (row && row.digest === digest && isRecent)
            return {
              outcome: {
                done: 'unchanged',
                contactStub: row.contactStub ?? undefined,
                sent: [],
                refused: [],
              },
            }
          try {
            await checkPart(loaded, partyId)
          } catch (error) {
            if (!(error instanceof Fault)) throw error
            return { fault: error }
          }
          if (mayCall && !(await mayCall())) return { fault: lineIsLong() }
          return undefined
        },
      })
      if (calls > 0) await addPartyCalls(db, key, partyId, dayOf(now()), calls)
      const { outcome, fault } = brought
      if (outcome && calls > 0)
        await noteContact(db, key, partyId, {
          digest,
          contactStub: outcome.contactStub ?? null,
          broughtAt: now(),
        })
      if (isLater && isPassing(fault))
        await askForContact(db, key, partyId, eventCode, fault.retryAt ?? now() + 5000)
      return brought
    },
    checkPart,
    async count(loaded, partyId, calls) {
      if (calls > 0) await addPartyCalls(db, loaded.account.key, partyId, dayOf(now()), calls)
    },
  }
}

function lineIsLong() {
  return new Fault('VENDOR_UNAVAILABLE', 'more members come than Cvent takes calls for', {
    turnedAway: true,
  })
}

/** Tells whether a contact is wanted as it was wanted before; a changed account may match or map otherwise. */
function digestOf({ version }: LoadedAccount, wanted: WantedContact) {
  const { sourceId, fields, customFields, contactType } = wanted
  const values = JSON.stringify([version, sourceId, fields, customFields, contactType])
  return createHash('sha256').update(values).digest('base64url')
}

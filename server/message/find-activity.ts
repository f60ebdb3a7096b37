import type { LedgerRow } from '../../db/database.ts'
import { setLedger } from '../../db/ledger.ts'
import { whileOurs } from '../../db/leases.ts'
import { Fault } from '../errors.ts'
import type { Activity } from '../imis/imis.ts'
import type { TurnDeps } from './turn.ts'
import { rowKey } from './wanted.ts'

/** The registration whose rows are written, for the ledger and the trail. */
export interface RecordOf {
  registrationId: string
  eventCode: string
}

/**
 * Looks for a row whose POST had no answer. Until its deadline and the settle time are over it may still appear.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` with `retryAt` while it is too early, or when the search fails: unknown is not absent
 */
export async function settleUnknown(turn: TurnDeps, row: LedgerRow): Promise<Activity | undefined> {
  waitToSettle(turn, row)
  const { ours } = await search(turn, row.partyId, row.activityType, row.productCode, keyOf(row))
  return ours
}

/**
 * Looks whether a row is still there whose DELETE had no answer, so that our own deletion is not taken for one by staff.
 *
 * @throws as settleUnknown
 */
export async function settleRemoval(turn: TurnDeps, row: LedgerRow): Promise<boolean> {
  waitToSettle(turn, row)
  return (await turn.imis.activity(row.seqn ?? '', turn.call)) !== undefined
}

function waitToSettle(turn: TurnDeps, row: LedgerRow) {
  const settledAt = row.intendedAt + turn.deadlineMs + turn.settleMs
  if (turn.now() < settledAt)
    throw new Fault('VENDOR_UNAVAILABLE', 'waiting whether an unanswered write reached iMIS', {
      mayHaveHappened: true,
      retryAt: settledAt,
    })
}

/**
 * Searches iMIS for the row that bears our key, and for rows without any key of ours that an earlier product wrote. The key
 * counts in whichever property it stands: the account may have moved it since the row was written.
 *
 * @throws Fault of iMIS: a failed search is unknown, not absent
 */
export async function search(
  turn: TurnDeps,
  partyId: string,
  type: string,
  productCode: string,
  key: string,
) {
  const found = await turn.imis.activities({ partyId, type, productCode }, turn.call)
  return {
    ours: found.find(({ properties }) => Object.values(properties).includes(key)),
    // An earlier product's row. One that iMIS wrote for its own registration (source system MEETING) stays iMIS's.
    keyless: found.filter(
      ({ properties }) =>
        !Object.values(properties).some((value) => value.startsWith('cvent:')) &&
        properties['SOURCE_SYSTEM'] !== 'MEETING',
    ),
  }
}

/** The key by which a row of the ledger, or one that is wanted, is found in iMIS. */
export function keyOf({
  attendeeId,
  itemId,
}: {
  attendeeId: string
  itemId?: string | null | undefined
}) {
  return rowKey(attendeeId, itemId ?? undefined)
}

/** The unanswered write had its effect: the row in iMIS is ours. What it says is settled by the change that follows. */
export async function adopt(turn: TurnDeps, of: RecordOf, row: LedgerRow, found: Activity) {
  const settled = { ...row, seqn: found.seqn, state: 'written' }
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    setLedger(tx, row.id, { seqn: found.seqn, state: 'written', writtenAt: turn.now() }),
  )
  turn.trail.note({
    account: turn.account,
    kind: 'imis',
    code: 'activity-found',
    text: `The unanswered write had reached iMIS: activity ${found.seqn}`,
    trace: turn.trace,
    registrationId: of.registrationId,
    eventCode: of.eventCode,
    partyId: row.partyId,
    detail: { ledgerKey: row.ledgerKey, seqn: found.seqn },
  })
  return settled
}

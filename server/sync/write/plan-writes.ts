import { createHash } from 'node:crypto'
import type { LedgerRow } from '../../../db/database.ts'
import type { Account } from '../../../schemas/account.ts'
import type { WantedActivity } from '../wanted/wanted.ts'

/** The account's settings that decide what is written. */
export type WriteSettings = Pick<Account['activity'], 'onCancel' | 'onStaffDelete'>

/**
 * What one wanted activity needs. `look`: what iMIS is asked first: the ledger's own row by its SEQN, then by its key
 * (`row`), a row that bears our key or one an earlier product wrote (`key`), or nothing, and then nothing is written.
 */
export interface Step {
  wanted: WantedActivity
  row: LedgerRow | undefined
  look: 'nothing' | 'key' | 'row'
  /** An earlier write had no answer and may still come: nothing is asked before its settle time is over. */
  isUnsettled: boolean
  ifThere: 'update' | 'delete' | 'none'
  /** `report`: staff deleted it, which is told once. `none`: nothing of it stands in iMIS, and so it stays. */
  ifAbsent: 'add' | 'report' | 'none'
  /** When another row stands under its SEQN and ours is nowhere: what an iMIS without our row needs. */
  ifReissued: 'add' | 'none'
}

/**
 * Plans the writes that bring iMIS from what the ledger says to what is wanted, one step for each wanted activity. Pure: the
 * worker runs these steps, the admin's preview and the dry run show them.
 */
export function planWrites(
  wanted: WantedActivity[],
  ledger: LedgerRow[],
  settings: WriteSettings,
): Step[] {
  const rows = new Map(ledger.map((row) => [row.ledgerKey, row]))
  return wanted.map((one) => planOne(one, rows.get(one.ledgerKey), settings))
}

function planOne(
  wanted: WantedActivity,
  row: LedgerRow | undefined,
  { onCancel, onStaffDelete }: WriteSettings,
): Step {
  const orAdd = wanted.mayAdd ? 'add' : 'none'
  const isRemoval = wanted.standing === 'cancelled' && onCancel === 'delete'
  const step = {
    wanted,
    row,
    look: 'row',
    isUnsettled: false,
    ifThere: isRemoval ? 'delete' : 'update',
    ifAbsent: orAdd,
    ifReissued: orAdd,
  } as const
  const nothing = { ...step, look: 'nothing', ifThere: 'none', ifAbsent: 'none' } as const
  if (!row || row.state === 'deleted')
    return wanted.mayAdd ? { ...step, look: 'key', ifThere: 'update' } : nothing
  // Counted as missing: looked for again, and found again it is ours as before.
  if (row.state === 'missing')
    return { ...step, ifAbsent: onStaffDelete === 'rewrite' ? orAdd : 'none' }
  if (row.state === 'intended' || row.seqn === null)
    return { ...step, look: 'key', isUnsettled: true }
  // A deletion of ours without an answer. To repeat it needs no waiting.
  if (row.state === 'removing') return { ...step, isUnsettled: !isRemoval }
  if (!isRemoval && isWritten(row, wanted)) return nothing
  const ifAbsent = isRemoval ? 'none' : onStaffDelete === 'rewrite' ? orAdd : 'report'
  return { ...step, isUnsettled: isUnanswered(row), ifAbsent }
}

/** True when iMIS says it already. False while an earlier change has no known outcome: the row may say either. */
export function isWritten(row: LedgerRow, wanted: WantedActivity): boolean {
  return (
    row.hash === hashOf(wanted.properties) &&
    !isUnanswered(row) &&
    row.standing === wanted.standing &&
    row.activityType === wanted.type &&
    row.productCode === wanted.productCode
  )
}

function isUnanswered({ hash, intendedHash, triedSince }: LedgerRow) {
  return hash !== intendedHash || triedSince !== null
}

/** The digest by which two sets of properties are compared. */
export function hashOf(properties: Record<string, string | number>): string {
  const sorted = Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}

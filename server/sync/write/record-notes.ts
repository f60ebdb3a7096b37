import type { LedgerRow } from '../../../db/database.ts'
import type { Activity } from '../../imis/imis.ts'
import type { RecordOf } from './find-activity.ts'
import type { SyncJob } from '../worker/job.ts'
import type { WantedActivity } from '../wanted/wanted.ts'
import type { LogCode } from '../../log-codes.ts'

/** Tells the account log what was found of a row, or became of it, without a write. */
export function noteActivity(
  job: SyncJob,
  of: RecordOf,
  wanted: Pick<WantedActivity, 'partyId' | 'ledgerKey'>,
  seqn: string | null,
  line: { code: LogCode; text: string; level?: 'warning' },
): void {
  job.log({
    kind: 'imis',
    ...line,
    registrationId: of.registrationId,
    eventCode: of.eventCode,
    partyId: wanted.partyId,
    detail: { ledgerKey: wanted.ledgerKey, seqn },
  })
}

/** Tells the account log of a write that iMIS has confirmed. */
export function noteWrite(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedActivity,
  line: { code: LogCode; text: string; startedAt: number; seqn: string },
): void {
  job.log({
    kind: 'imis',
    code: line.code,
    text: line.text,
    registrationId: of.registrationId,
    eventCode: of.eventCode,
    partyId: wanted.partyId,
    durationMs: job.now() - line.startedAt,
    detail: {
      seqn: line.seqn,
      ledgerKey: wanted.ledgerKey,
      productCode: wanted.productCode,
      standing: wanted.standing,
      properties: Object.keys(wanted.properties),
    },
  })
}

/** Warns that another row stands under the SEQN of ours: what it is, and what becomes of ours. Nothing was written to it. */
export function noteReissued(
  job: SyncJob,
  of: RecordOf,
  row: LedgerRow,
  found: { other: Activity; ours: Activity | undefined; ifNowhere: 'add' | 'none' },
): void {
  const { other, ours, ifNowhere } = found
  const product = other.properties['PRODUCT_CODE']?.trim()
  const what = [other.type, product].filter(Boolean).join(' ')
  const then = ours
    ? `our row is activity ${ours.seqn}`
    : ifNowhere === 'add'
      ? 'our row is not in iMIS and is added anew'
      : 'our row is not in iMIS, and none is needed'
  noteActivity(job, of, row, row.seqn, {
    code: 'activity-not-ours',
    text: `Activity ${row.seqn ?? ''} in iMIS is not the row we wrote: it is ${what || 'another row'} of iMIS ID ${other.partyId}. Nothing was written to it; ${then}. Was iMIS restored from a backup, or the row changed by staff?`,
  })
}

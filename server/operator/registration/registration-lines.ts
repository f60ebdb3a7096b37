import type { z } from 'zod'
import type { LedgerRow, LogRow } from '../../../db/database.ts'
import type { RegistrationLineRow } from '../../../db/lists/registration-lists.ts'
import type {
  LedgerLine,
  RegistrationLine,
  TimelineEntry,
} from '../../../schemas/admin-registrations.ts'

/** A registration as lists show it. */
export function registrationLine(row: RegistrationLineRow): z.infer<typeof RegistrationLine> {
  return {
    ...row,
    isGuest: row.isGuest === 1,
    isTest: row.isTest === 1,
    // The states of the table's comment; nothing else is written.
    state: row.state as z.infer<typeof RegistrationLine>['state'],
    dueAt: row.state === 'waiting' ? moment(row.dueAt) : null,
    registeredAt: moment(row.registeredAt),
    modifiedAt: moment(row.modifiedAt),
    syncedAt: moment(row.syncedAt),
  }
}

/** A ledger row as the detail shows it. */
export function ledgerLine(row: LedgerRow): z.infer<typeof LedgerLine> {
  return {
    ledgerKey: row.ledgerKey,
    kind: row.kind,
    partyId: row.partyId,
    itemId: row.itemId,
    activityType: row.activityType,
    productCode: row.productCode,
    state: row.state,
    standing: row.standing,
    seqn: row.seqn,
    // Written by record.ts from properties of this shape.
    properties:
      row.properties === null
        ? null
        : (JSON.parse(row.properties) as Record<string, string | number>),
    intendedAt: new Date(row.intendedAt).toISOString(),
    writtenAt: moment(row.writtenAt),
    missingAt: moment(row.missingAt),
  }
}

/** A line of the account log as a timeline shows it. */
export function timelineEntry(row: LogRow): z.infer<typeof TimelineEntry> {
  return {
    at: new Date(row.at).toISOString(),
    kind: row.kind,
    level: row.level,
    code: row.code,
    text: row.text,
    logId: row.id,
    messageId: row.messageId,
    durationMs: row.durationMs,
    detail: readDetail(row),
  }
}

/** What a line of the account log holds beside its text. */
export function readDetail({ detail }: Pick<LogRow, 'detail'>): Record<string, never> | null {
  // Written by the account log as a JSON object.
  return detail === null ? null : (JSON.parse(detail) as Record<string, never>)
}

function moment(at: number | null) {
  return at === null ? null : new Date(at).toISOString()
}

/** How a column of the Activity table is stored: its kind, its length (text), its scale (number). Source: facts §5.2 of the platform, the 2017 database script. */
export type Column =
  | { kind: 'text'; length: number }
  | { kind: 'number'; scale: number }
  | { kind: 'integer' }
  | { kind: 'boolean' }
  | { kind: 'date' }

const LONG_TEXT = 1_000_000

/** The properties of the generic entity Activity, in the order of its answers; `PartyId` and `SEQN` stand apart. */
export const ACTIVITY_COLUMNS = {
  ACTIVITY_TYPE: { kind: 'text', length: 10 },
  TRANSACTION_DATE: { kind: 'date' },
  EFFECTIVE_DATE: { kind: 'date' },
  THRU_DATE: { kind: 'date' },
  PRODUCT_CODE: { kind: 'text', length: 31 },
  OTHER_CODE: { kind: 'text', length: 30 },
  DESCRIPTION: { kind: 'text', length: 255 },
  SOURCE_SYSTEM: { kind: 'text', length: 10 },
  SOURCE_CODE: { kind: 'text', length: 40 },
  QUANTITY: { kind: 'number', scale: 2 },
  AMOUNT: { kind: 'number', scale: 4 },
  TAXABLE_VALUE: { kind: 'number', scale: 4 },
  UNITS: { kind: 'number', scale: 2 },
  CATEGORY: { kind: 'text', length: 15 },
  MEMBER_TYPE: { kind: 'text', length: 5 },
  ACTION_CODES: { kind: 'text', length: 255 },
  PAY_METHOD: { kind: 'text', length: 50 },
  TICKLER_DATE: { kind: 'date' },
  NOTE: { kind: 'text', length: LONG_TEXT },
  NOTE_2: { kind: 'text', length: LONG_TEXT },
  BATCH_NUM: { kind: 'text', length: 15 },
  CO_ID: { kind: 'text', length: 10 },
  INTENT_TO_EDIT: { kind: 'text', length: 80 },
  UF_1: { kind: 'text', length: 255 },
  UF_2: { kind: 'text', length: 255 },
  UF_3: { kind: 'text', length: 255 },
  UF_4: { kind: 'number', scale: 4 },
  UF_5: { kind: 'number', scale: 4 },
  UF_6: { kind: 'date' },
  UF_7: { kind: 'date' },
  ORIGINATING_TRANS_NUM: { kind: 'integer' },
  ORG_CODE: { kind: 'text', length: 5 },
  CAMPAIGN_CODE: { kind: 'text', length: 10 },
  OTHER_ID: { kind: 'text', length: 10 },
  SOLICITOR_ID: { kind: 'text', length: 10 },
  ATTACH_SEQN: { kind: 'integer' },
  ATTACH_TOTAL: { kind: 'integer' },
  GRACE_PERIOD: { kind: 'integer' },
  RECURRING_REQUEST: { kind: 'boolean' },
  STATUS_CODE: { kind: 'text', length: 1 },
  NEXT_INSTALL_DATE: { kind: 'date' },
  MEM_TRIB_CODE: { kind: 'text', length: 10 },
} as const satisfies Record<string, Column>

type Columns = typeof ACTIVITY_COLUMNS
/** A name from `ACTIVITY_COLUMNS`. */
export type ColumnName = keyof Columns
interface Stored {
  text: string
  number: number
  integer: number
  boolean: boolean
  date: string | null
}

/** One stored activity. Text columns are never null (empty instead), numbers default to 0, dates to null. */
export type Activity = { SEQN: number; PartyId: string } & {
  [Name in ColumnName]: Stored[Columns[Name]['kind']]
}

/** An activity with every column at its default. */
export function blankActivity(SEQN: number, PartyId: string): Activity {
  const blank = { text: '', number: 0, integer: 0, boolean: false, date: null }
  const columns = Object.entries(ACTIVITY_COLUMNS).map(([name, { kind }]) => [name, blank[kind]])
  // The entries come from ACTIVITY_COLUMNS itself, each with the default of its kind.
  return { SEQN, PartyId, ...(Object.fromEntries(columns) as Omit<Activity, 'SEQN' | 'PartyId'>) }
}

/** Whether a name, in its exact spelling, is a column of Activity. */
export function isColumn(name: string): name is ColumnName {
  return Object.hasOwn(ACTIVITY_COLUMNS, name)
}

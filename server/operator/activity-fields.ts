import type { ActivityProperty, ActivitySource } from '../../schemas/account.ts'
import type { FieldError } from '../errors.ts'

type Kind = 'text' | 'number' | 'moment'

/**
 * What a property of an iMIS activity holds, and how long a text may be: the columns of the Activity table. NOTE and
 * NOTE_2 have no limit.
 */
export const PROPERTY_SHAPES: Record<ActivityProperty, { kind: Kind; length?: number }> = {
  PRODUCT_CODE: { kind: 'text', length: 31 },
  DESCRIPTION: { kind: 'text', length: 255 },
  TRANSACTION_DATE: { kind: 'moment' },
  EFFECTIVE_DATE: { kind: 'moment' },
  THRU_DATE: { kind: 'moment' },
  QUANTITY: { kind: 'number' },
  AMOUNT: { kind: 'number' },
  OTHER_CODE: { kind: 'text', length: 30 },
  SOURCE_SYSTEM: { kind: 'text', length: 10 },
  SOURCE_CODE: { kind: 'text', length: 40 },
  STATUS_CODE: { kind: 'text', length: 1 },
  UF_1: { kind: 'text', length: 255 },
  UF_2: { kind: 'text', length: 255 },
  UF_3: { kind: 'text', length: 255 },
  UF_4: { kind: 'number' },
  UF_5: { kind: 'number' },
  UF_6: { kind: 'moment' },
  UF_7: { kind: 'moment' },
  CATEGORY: { kind: 'text', length: 15 },
  ACTION_CODES: { kind: 'text', length: 255 },
  PAY_METHOD: { kind: 'text', length: 50 },
  NOTE: { kind: 'text' },
  NOTE_2: { kind: 'text' },
  UNITS: { kind: 'number' },
  TAXABLE_VALUE: { kind: 'number' },
  TICKLER_DATE: { kind: 'moment' },
  ORG_CODE: { kind: 'text', length: 5 },
  CAMPAIGN_CODE: { kind: 'text', length: 10 },
  OTHER_ID: { kind: 'text', length: 10 },
}

/** The longest text a source gives that must arrive whole; what is only read by people may be cut and is not named here. */
const WHOLE: Partial<Record<ActivitySource, number>> = {
  partyId: 10,
  meetingCode: 10,
  productCode: 31,
  itemCode: 20,
  eventCode: 30,
  status: 1,
  confirmationNumber: 20,
  ledgerKey: 79,
  sourceSystem: 5,
}

const NUMBERS: ActivitySource[] = ['quantity', 'amountPaid', 'amountOrdered', 'amountDue']

function kindOf(source: ActivitySource): Kind {
  if (NUMBERS.includes(source)) return 'number'
  return source.endsWith('At') ? 'moment' : 'text'
}

/**
 * Checks a mapping of activity properties before it is saved: that each source fits its property in kind and length, and
 * that the key by which we find our own activities again is still written somewhere.
 */
export function checkActivityFields(
  fields: Partial<Record<ActivityProperty, ActivitySource>>,
): FieldError[] {
  const errors: FieldError[] = []
  for (const [name, source] of Object.entries(fields)) {
    // The schema lets only these names in.
    const property = name as ActivityProperty
    if (source === 'none') continue
    const { kind, length } = PROPERTY_SHAPES[property]
    const field = `activity.fields.${property}`
    if (kind !== 'text' && kindOf(source) !== kind)
      errors.push({
        field,
        message: `${property} holds a ${kind === 'moment' ? 'date' : 'number'}; ${source} is none`,
      })
    else if (length !== undefined && (WHOLE[source] ?? 0) > length)
      errors.push({
        field,
        message: `${property} holds ${length} characters; ${source} needs ${WHOLE[source]}`,
      })
  }
  const isKeyMoved = fields.UF_2 !== undefined && fields.UF_2 !== 'ledgerKey'
  if (isKeyMoved && !Object.values(fields).includes('ledgerKey'))
    errors.push({
      field: 'activity.fields.UF_2',
      message:
        'ledgerKey must be written to one property: without it an activity cannot be found again after a lost answer',
    })
  return errors
}

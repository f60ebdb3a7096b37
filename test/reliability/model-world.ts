import type * as fc from 'fast-check'
import type { Activity } from '../sandbox/imis/activity-columns.ts'
import { blankActivity } from '../sandbox/imis/activity-columns.ts'
import type { MortalWorker, Rig } from '../server/sync/rig.ts'

/** What a person did at Cvent, in the simplest words: the model that iMIS is compared with. */
export interface Registration {
  attendeeId: string
  holder: string
  isLive: boolean
  isVisited: boolean
  hasSession: boolean
  guests: { id: string; party: string | undefined }[]
}

/** Who is registered, as the commands of one life left it. */
export interface Model {
  registrations: Map<string, Registration>
  /** People who never registered. */
  free: string[]
  hasStranger: boolean
}

/** The real side of one life. */
export interface Real {
  rig: Rig
  worker: MortalWorker
  /** Messages Cvent has posted and that were not brought yet. */
  onTheirWay: string[]
  guests: number
  /** Rows in iMIS that are not ours, as they must stay, by SEQN. */
  others: Map<number, string>
  /** How often each kind of command ran, over all lives. */
  happened: Map<string, number>
  newWorker(): MortalWorker
}

export type Command = fc.AsyncCommand<Model, Real>

export const PEOPLE = ['101', '102', '103', '104', '105']
export const HOUR = 3_600_000

/** The key of another installation of ours, on a row that we never wrote. */
const FOREIGN_KEY = 'cvent:7d0c1c55-1111-4222-8333-444455556666'

/** A command that is counted, and that may always run unless `check` says otherwise. */
export function command(
  name: string,
  given: string,
  run: (model: Model, real: Real) => Promise<unknown>,
  check: (model: Model) => boolean = () => true,
): Command {
  return {
    check,
    async run(model, real) {
      real.happened.set(name, (real.happened.get(name) ?? 0) + 1)
      await run(model, real)
    },
    toString: () => `${name}(${given})`,
  }
}

/** Puts rows into iMIS that are not ours: gifts, an earlier meeting, a row of another installation. */
export function seedOthers({ rig, others }: Real): void {
  const add = (party: string, more: Partial<Activity>) => {
    const SEQN = rig.imis.state.nextSeqn
    rig.imis.state.nextSeqn += 1
    rig.imis.state.activities.set(SEQN, { ...blankActivity(SEQN, party), ...more })
  }
  add('101', { ACTIVITY_TYPE: 'GIFT', PRODUCT_CODE: 'FUND', AMOUNT: 2500, QUANTITY: 1 })
  add('102', { ACTIVITY_TYPE: 'MEETING', PRODUCT_CODE: 'AC2020', STATUS_CODE: 'A', QUANTITY: 1 })
  add('103', { ACTIVITY_TYPE: 'MEETING', PRODUCT_CODE: 'AC2021', UF_2: FOREIGN_KEY, QUANTITY: 1 })
  add('104', { ACTIVITY_TYPE: 'CALL', DESCRIPTION: 'Asked about AC2027', QUANTITY: 1 })
  rememberOthers({ rig, others })
}

/** Takes the rows that are not ours as they are now. */
export function rememberOthers({ rig, others }: Pick<Real, 'rig' | 'others'>): void {
  others.clear()
  for (const row of rig.imis.state.activities.values())
    if (!isOurs(row)) others.set(row.SEQN, JSON.stringify(row))
}

/** True for a row that bears a key of this installation. */
export function isOurs({ UF_2 }: Activity): boolean {
  return (UF_2 ?? '').startsWith('cvent:') && UF_2 !== FOREIGN_KEY
}

/** The SEQNs of rows of others that are not as they were. */
export function touchedOthers({ rig, others }: Real): number[] {
  return [...others]
    .filter(([seqn, text]) => JSON.stringify(rig.imis.state.activities.get(seqn)) !== text)
    .map(([seqn]) => seqn)
}

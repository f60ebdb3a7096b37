// What the admin API answers: the types of its published schemas, so that a change there shows here. Types only: the
// validators stay on the server.
import type * as ofAccount from '../../schemas/admin-account.ts'
import type * as ofEvents from '../../schemas/admin-events.ts'
import type * as ofLogs from '../../schemas/admin-logs.ts'
import type * as ofPeople from '../../schemas/admin-people.ts'
import type * as ofRegistrations from '../../schemas/admin-registrations.ts'
import type * as ofRuns from '../../schemas/admin-runs.ts'
import type * as ofAll from '../../schemas/admin.ts'

export type { Account } from '../../schemas/account.ts'
export type { Event } from '../../schemas/event.ts'

type Read<Schema extends { _output: unknown }> = Schema['_output']

/** A page of a list; the last one has no `nextCursor`. */
export interface List<Item> {
  items: Item[]
  nextCursor: string | null
}

/** A field at fault, by its path in the document (`imis.siteUrl`). */
export interface FieldMessage {
  field: string
  message: string
}

export type Role = Read<typeof ofAll.AdminRole>
export type WhoAmI = Read<typeof ofAll.WhoAmI>
export type SignOnPlace = Read<typeof ofAll.SignOnPlace>
export type Session = Read<typeof ofAll.Session>
export type AccountLine = Read<typeof ofAll.AccountLine>
export type ApiKey = Read<typeof ofAll.ApiKey>
export type StaffMember = Read<typeof ofAll.StaffMember>
export type Audit = Read<typeof ofAll.Audit>
export type NewWebhookToken = Read<typeof ofAll.NewWebhookToken>

export type TestAnswer = Read<typeof ofAccount.TestAnswer>
export type Check = Read<typeof ofAccount.Check>
export type ChangePreview = Read<typeof ofAccount.ChangePreview>
export type Setup = Read<typeof ofAccount.Setup>
export type SetupStep = Read<typeof ofAccount.SetupStep>
export type Overview = Read<typeof ofAccount.Overview>

export type RetentionLines = Read<typeof ofAccount.RetentionLines>
export type RemovedAccounts = Read<typeof ofAccount.RemovedAccounts>

export type PersonPreview = Read<typeof ofPeople.PersonPreview>
export type PersonExport = Read<typeof ofPeople.PersonExport>
export type ErasureReport = Read<typeof ofPeople.ErasureReport>

export type EventLine = Read<typeof ofEvents.EventLine>
export type UnknownEvent = Read<typeof ofEvents.UnknownEvent>
export type EventList = Read<typeof ofEvents.EventList>
export type EventCheck = Read<typeof ofEvents.CheckAnswer>
export type CventEventChoice = Read<typeof ofEvents.PickedCventEvent>
export type MeetingChoice = Read<typeof ofEvents.PickedMeeting>
export type Folder = Read<typeof ofEvents.Folder>
export type QueryShape = Read<typeof ofEvents.QueryAnswer>
export type QueryRun = Read<typeof ofEvents.QueryRun>
export type ContactPreview = Read<typeof ofEvents.ContactPreview>
export type Simulation = Read<typeof ofEvents.Simulation>

export type Standing = Read<typeof ofRegistrations.RegistrationStanding>
export type RegistrationLine = Read<typeof ofRegistrations.RegistrationLine>
export type RegistrationDetail = Read<typeof ofRegistrations.RegistrationDetail>
export type LedgerLine = Read<typeof ofRegistrations.LedgerLine>
export type Candidate = Read<typeof ofRegistrations.Candidate>
export type WritePreview = Read<typeof ofRegistrations.WritePreview>

export type LogLine = Read<typeof ofLogs.LogLine>
export type LogPage = Read<typeof ofLogs.LogPage>
export type LogDetail = Read<typeof ofLogs.LogDetail>
export type MessageDetail = Read<typeof ofLogs.MessageDetail>

export type Run = Read<typeof ofRuns.Run>

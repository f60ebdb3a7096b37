import { describe, expect, test } from 'vitest'
import { writtenItem } from '../../../server/cvent/bulk.ts'
import { explain } from '../../../server/cvent/refusal.ts'
import { WireBulk, WireId } from '../../../server/cvent/wire.ts'
import { Fault } from '../../../server/errors.ts'
import { hasSamples, sample, samplesNote } from './samples.ts'
import { faultOf, startClient } from './start-client.ts'

const call = (body?: unknown) => ({
  method: 'POST' as const,
  url: 'https://api-platform.cvent.com/ea/attendees/filter',
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
})
const answer = (status: number, text: string) => ({ status, headers: {}, text })

function itemFault(text: string, alsoConflicts: string[] = []) {
  try {
    writtenItem(WireId, WireBulk.parse(JSON.parse(text)), 'POST /attendees', { alsoConflicts })
  } catch (error) {
    if (error instanceof Fault) return error
  }
  throw new Error('expected a Fault')
}

describe.skipIf(!hasSamples)(`refusals as Cvent really sends them${samplesNote}`, () => {
  test.each([
    ['rest-error-400-nested', 'Bad Request; Invalid value: Invited'],
    ['rest-error-400-nested-body', 'Bad Request; An error occurred while processing your request'],
    ['rest-error-400', '400'],
    ['rest-error-400-details', 'contact.sourceId: The filter field is not supported.'],
  ])('%s: the admin reads its words', (name, words) => {
    const fault = explain(answer(400, sample(name)), call(), 0)

    expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', status: 400 })
    expect(fault?.message).toContain(words)
  })

  test.each([
    ['rest-attendees-exists-207', [], 'CONFLICT', 'EntityAlreadyExists'],
    ['rest-attendees-server-error-207', ['ServerError'], 'CONFLICT', 'ServerError'],
    ['rest-attendees-server-error-207', [], 'VENDOR_REFUSED', 'ServerError'],
    ['rest-contacts-create-duplicate-200', [], 'CONFLICT', 'Duplicate contact already exists'],
  ])('%s (%j) is %s', (name, alsoConflicts, code, words) => {
    const fault = itemFault(sample(name), alsoConflicts)

    expect(fault.code).toBe(code)
    expect(fault.message).toContain(words)
  })
})

test('the word with a message beside it', () => {
  const item = {
    status: 400,
    message: 'Bad Request',
    data: { code: 'EntityAlreadyExists', message: 'Attendee could not be created.' },
  }

  expect(itemFault(JSON.stringify([item])).message).toBe(
    'Cvent refused POST /attendees with 400 (EntityAlreadyExists; Attendee could not be created.).',
  )
})

test.each([413, 431])('%i says what to do about the token', (status) => {
  const fault = explain(answer(status, '{"message":"Request header too long"}'), call(), 0)

  expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', status })
  expect(fault?.message).toContain('the token holds too many scopes')
  expect(fault?.message).toContain('only the scopes of the manual')
})

test('what was sent does not come back in the words, whichever way they are wrapped', () => {
  const sent = [
    { firstName: 'Quentin', contact: { lastName: 'Canary-Oakes' }, city: 'Springfield' },
  ]
  const words = 'Invalid value: Quentin Canary-Oakes of Springfield, quentin@example.org'
  for (const body of [
    { error: { code: 'Bad Request', message: words } },
    { code: 400, message: 'Bad Request', details: [{ target: 'contact', message: words }] },
    { code: 'Quentin', message: words, target: 'Canary-Oakes' },
  ]) {
    const fault = explain(answer(400, JSON.stringify(body)), call(sent), 0)

    expect(fault?.message).toContain('Invalid value')
    expect(JSON.stringify([fault?.message, fault?.errors])).not.toMatch(/Quentin|Canary|Springf|@/i)
  }
})

test('a nested refusal reaches the caller with its words', async () => {
  const { cvent, sandbox } = await startClient({ sandbox: { switches: { refusalForm: 'nested' } } })
  sandbox.state.violations.length = 0

  const { contactStub = '' } = (await cvent.contactBySourceId('108')) ?? {}
  const fault = await faultOf(cvent.patchContact(contactStub, { title: 'Chair'.repeat(500) }))

  expect(fault).toMatchObject({ code: 'VENDOR_REFUSED', status: 400 })
  expect(fault.message).toContain('(Bad Request; ')
  sandbox.state.violations.length = 0
})

test.each(['EntityAlreadyExists', 'ServerError'] as const)(
  'inviting somebody who is in is a conflict, told by %s',
  async (inviteConflict) => {
    const { cvent, eventStub } = await startClient({ sandbox: { switches: { inviteConflict } } })
    const { contactStub = '' } = (await cvent.contactBySourceId('108')) ?? {}
    await cvent.invite(eventStub, contactStub)

    expect(await faultOf(cvent.invite(eventStub, contactStub))).toMatchObject({ code: 'CONFLICT' })
  },
)

test('a duplicate contact under status 200 is a conflict', async () => {
  const { cvent } = await startClient({
    sandbox: { switches: { dedupeOnEmail: true, duplicateAnswer: '200' } },
  })
  const fields = { lastName: 'Quill', email: 'quill@example.org' }
  await cvent.createContact(fields)

  expect(await faultOf(cvent.createContact(fields))).toMatchObject({ code: 'CONFLICT' })
})

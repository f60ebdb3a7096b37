import { expect, test } from 'vitest'
import { faultOf, startClient } from './start-client.ts'

const writes = /^(POST|PATCH|PUT) \/ea\/contacts/

test.each([`O'Neil`, 'say "hi"', `O'Neil "Bo"`, 'a\\b', 'a & b + c % d'])(
  'a contact is found by the source id %j',
  async (sourceId) => {
    const { cvent } = await startClient()
    const { contactStub } = await cvent.createContact({ lastName: 'Quill', sourceId })

    expect(await cvent.contactBySourceId(sourceId)).toMatchObject({ contactStub, sourceId })
    expect(await cvent.contactBySourceId(`${sourceId}0`)).toBeUndefined()
  },
)

test('contacts of an e-mail are all there whatever its case, without the deleted and the copies', async () => {
  const { cvent, sandbox, eventStub } = await startClient()
  const email = 'shared@example.org'
  const one = await sandbox.createContact({ firstName: 'A', lastName: 'B', email })
  const two = await sandbox.createContact({ lastName: 'C', email: 'Shared@Example.org' })
  const gone = await sandbox.createContact({ lastName: 'D', email })
  await sandbox.createContact({ lastName: 'E', email: `x.${email}` })
  await sandbox.deleteContact(gone.id)
  const event = sandbox.state.events.get(eventStub)
  if (event) event.snapshots = true
  await sandbox.register({ event: eventStub, contact: one.id })

  const found = await cvent.contactsByEmail('SHARED@example.org')

  expect(found.map(({ contactStub }) => contactStub).toSorted()).toEqual(
    [one.id, two.id].toSorted(),
  )
})

test('what was created is read back member by member', async () => {
  const { cvent } = await startClient()
  const [type] = await cvent.contactTypes()
  const fields = {
    firstName: 'Ada',
    lastName: 'Quill',
    email: 'ada.quill@example.org',
    sourceId: '1042',
    'workAddress.city': 'Portland',
    'workAddress.regionCode': 'ME',
    'homeAddress.countryCode': 'US',
    type: type?.id ?? '',
  }

  const { contactStub } = await cvent.createContact({ ...fields, middleName: '' })

  expect(await cvent.contact(contactStub)).toEqual({
    contactStub,
    sourceId: '1042',
    email: 'ada.quill@example.org',
    parentId: undefined,
    isDeleted: false,
    isPurged: false,
    fields,
    customFields: {},
  })
})

test('a patch changes what it names and nothing else, and an empty one makes no call', async () => {
  const { cvent, sandbox } = await startClient()
  const before = await cvent.contactBySourceId('108')
  const stub = before?.contactStub ?? ''

  await cvent.patchContact(stub, { title: 'Fellow', 'workAddress.city': 'Bath' })
  const after = await cvent.contact(stub)
  sandbox.switchboard.calls.length = 0
  await cvent.patchContact(stub, {})

  expect(after?.fields).toEqual({ ...before?.fields, title: 'Fellow', 'workAddress.city': 'Bath' })
  expect(sandbox.switchboard.count(writes)).toBe(0)
})

test('a source id or e-mail that is known already is a CONFLICT, and nothing is overwritten', async () => {
  const { cvent, sandbox } = await startClient({ sandbox: { switches: { dedupeOnEmail: true } } })
  const before = structuredClone([...sandbox.state.contacts])

  const bySource = await faultOf(cvent.createContact({ lastName: 'New', sourceId: '108' }))
  const byEmail = await faultOf(
    cvent.createContact({ lastName: 'New', email: 'household@example.org' }),
  )

  expect([bySource.code, byEmail.code]).toEqual(['CONFLICT', 'CONFLICT'])
  expect([...sandbox.state.contacts]).toEqual(before)
})

test.each([400, 422])(
  'a duplicate that Cvent calls %d is a CONFLICT by its words',
  async (status) => {
    const { cvent, sandbox } = await startClient()
    const data = {
      code: status,
      message: 'Bad Request',
      details: [{ code: status, message: 'A contact with this email already exists.' }],
    }
    const body = JSON.stringify([{ status, message: 'Bad Request', data }])
    sandbox.switchboard.set({ route: 'POST /ea/contacts$', kind: 'status', status: 207, body })

    expect(await faultOf(cvent.createContact({ lastName: 'X' }))).toMatchObject({
      code: 'CONFLICT',
      status,
      mayHaveHappened: false,
    })
  },
)

test.each([
  ['[]', 'VENDOR_UNAVAILABLE', true],
  ['{}', 'VENDOR_UNAVAILABLE', true],
  ['[{"status":201,"data":{}}]', 'VENDOR_UNAVAILABLE', true],
  ['[{"status":500,"data":{"code":500,"message":"?"}}]', 'VENDOR_UNAVAILABLE', true],
  ['[{"status":429,"data":{"code":429,"message":"?"}}]', 'VENDOR_UNAVAILABLE', false],
  ['[{"status":400,"data":"?"}]', 'VENDOR_REFUSED', false],
])('a 207 of %s is not taken for a success', async (body, code, mayHaveHappened) => {
  const { cvent, sandbox } = await startClient()
  sandbox.switchboard.set({ route: 'POST /ea/contacts$', kind: 'status', status: 207, body })

  const fault = await faultOf(cvent.createContact({ lastName: 'X' }))

  expect(fault).toMatchObject({ code, mayHaveHappened })
})

test('a contact nobody knows is undefined to read and refused to write', async () => {
  const { cvent } = await startClient()
  const nobody = '00000000-0000-4000-8000-000000000000'

  expect(await cvent.contact(nobody)).toBeUndefined()
  expect(await faultOf(cvent.patchContact(nobody, { title: 'x' }))).toMatchObject({
    code: 'VENDOR_REFUSED',
    status: 404,
  })
})

test('a custom field is set by its id and read back; the lists give the ids', async () => {
  const { cvent } = await startClient()
  const fields = await cvent.contactCustomFields()
  const diet = fields.find(({ code }) => code === 'DIET')?.id ?? ''
  const contact = await cvent.contactBySourceId('108')
  const stub = contact?.contactStub ?? ''

  await cvent.setCustomField(stub, diet, ['Vegan'])
  expect((await cvent.contact(stub))?.customFields).toEqual({ [diet]: ['Vegan'] })
  await cvent.setCustomField(stub, diet, [])

  expect((await cvent.contact(stub))?.customFields).toEqual({})
  expect(fields.map(({ name }) => name)).toEqual(['Member Number', 'Dietary needs'])
  const types = await cvent.contactTypes()
  expect(types.map(({ code }) => code)).toEqual(['MEMBER', 'NONMEMBER', 'STAFF'])
})

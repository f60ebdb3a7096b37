import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Event } from '../../../../schemas/event.ts'
import { startAdmin } from './start-admin.ts'

const event = (more: Partial<Event> = {}) =>
  Event.parse({
    eventCode: 'WRN3DBTCMX9',
    meetingCode: 'AC2027',
    registrantsQuery: '$/Cvent/Registrants',
    ...more,
  })

/** Everything that may warn of an unsigned hand-off: the account test, the event's check, and Overview. */
async function warnings(of: Event, formPostKey: string | null) {
  const admin = await startAdmin({
    events: [of],
    account: (account) => ({ ...account, cvent: { ...account.cvent, formPostKey } }),
  })
  const { body: tested } = await admin.post('/accounts/nasm/test', { parts: ['cvent'] })
  const { body: checked } = await admin.post('/accounts/nasm/events/WRN3DBTCMX9/check', {
    event: of,
  })
  const { body: overview } = await admin.get('/accounts/nasm/overview')
  const isIt = ({ code }: { code: string }) => code === 'UNSIGNED_HAND_OFF'
  return {
    test: tested.checks.find(({ check }: { check: string }) => check === 'signed hand-off'),
    check: checked.warnings.find(isIt),
    overview: overview.warnings.find(isIt),
  }
}

describe('an unsigned form beside a query that decides who may register', () => {
  test('is told of in the account test, on the event and in Overview, with what to do', async () => {
    const told = await warnings(event(), null)

    expect(told.test).toMatchObject({
      state: 'warning',
      text: expect.stringContaining('It concerns 1 event: WRN3DBTCMX9.'),
      fix: expect.stringContaining('Make an RSA key'),
    })
    expect(told.check).toMatchObject({
      field: 'handOff',
      message: expect.stringContaining('Make an RSA key'),
    })
    expect(told.overview).toMatchObject({
      page: 'account',
      text: expect.stringContaining('Make an RSA key'),
    })
  })

  test.each<[name: string, of: Event]>([
    ['by personal link', event({ handOff: 'personal-link' })],
    ['without a query', event({ registrantsQuery: null })],
    ['for everybody', event({ allowAnonymous: true })],
    ['switched off', event({ enabled: false })],
  ])('is none %s', async (_name, of) => {
    const told = await warnings(of, null)

    expect(told).toMatchObject({
      test: { state: 'skipped' },
      check: undefined,
      overview: undefined,
    })
  })

  test('is none with a key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

    const told = await warnings(event(), key)

    expect(told).toMatchObject({ test: { state: 'ok' }, check: undefined, overview: undefined })
  })
})

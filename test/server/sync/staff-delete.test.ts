import { describe, expect, test } from 'vitest'
import type { Account } from '../../../schemas/account.ts'
import { DIALECTS, type Dialect } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startAdmin } from '../routes/admin/start-admin.ts'

const ada = {
  firstName: 'Ada',
  lastName: 'Quill',
  email: 'ada.quill@example.org',
  sourceId: '101',
}

/** Somebody is registered, staff delete the activity in iMIS, and Cvent has a change for it. */
async function deletedByStaff(
  dialect: Dialect,
  onStaffDelete?: Account['activity']['onStaffDelete'],
) {
  const admin = await startAdmin({
    dialect,
    account: (account) =>
      onStaffDelete ? { ...account, activity: { ...account.activity, onStaffDelete } } : account,
  })
  const attendee = await admin.cvent.register({ event: seededEvents.open, contact: ada })
  await admin.drain()
  const [first] = admin.imis.activitiesOf('101')
  admin.imis.state.activities.clear()

  async function change() {
    admin.advance(60_000)
    await admin.cvent.modify(attendee.id, {
      quantityItems: [{ item: 'SHIRT', quantity: 1 }],
      paid: false,
    })
    await admin.drain()
    await admin.accountLog.flush()
  }

  async function detail() {
    const { body } = await admin.get('/accounts/nasm/registrations?partyId=101')
    return (await admin.get(`/accounts/nasm/registrations/${body.items[0].id}`)).body
  }

  // A new title changes what the row should say.
  admin.advance(60_000)
  await admin.cvent.updateEvent(seededEvents.open, { title: 'Annual Conference, renamed' })
  await admin.drain()
  await admin.accountLog.flush()
  return { admin, attendee, change, detail, firstSeqn: String(first?.SEQN) }
}

function codes({ timeline }: { timeline: { code: string }[] }) {
  return timeline.map(({ code }) => code)
}

function meeting(activities: { kind: string; state: string }[]) {
  const found = activities.find(({ kind }) => kind === 'meeting')
  if (!found) throw new Error('there is no row for the meeting')
  return found
}

describe.each(DIALECTS)('on %s', (dialect) => {
  test('an activity that staff deleted in iMIS is reported, and not written again by itself', async () => {
    const { admin, change, detail, firstSeqn } = await deletedByStaff(dialect)
    const reported = await detail()
    await change()
    const later = await detail()

    const line = reported.timeline.find(({ code }: { code: string }) => code === 'activity-gone')
    const { body: warnings } = await admin.get('/accounts/nasm/logs?level=warning&kind=imis')
    expect(line).toMatchObject({
      level: 'warning',
      text: `Activity ${firstSeqn} is no longer in iMIS: somebody deleted it there`,
    })
    expect(codes({ timeline: warnings.items })).toContain('activity-gone')
    for (const { registration, activities } of [reported, later]) {
      expect(registration.reason).toBe('an activity was deleted in iMIS')
      expect(meeting(activities).state).toBe('missing')
    }
    expect(codes(later).filter((code) => code === 'activity-gone')).toHaveLength(1)
    const rows = admin.imis.activitiesOf('101').map(({ PRODUCT_CODE }) => PRODUCT_CODE)
    expect(rows).not.toContain('AC2027')
  })

  test('an activity that staff deleted is written again, once, where the account says so', async () => {
    const { admin, change, detail, firstSeqn } = await deletedByStaff(dialect, 'rewrite')
    const rewritten = await detail()
    await change()
    const later = await detail()

    const [activity, ...others] = admin.imis
      .activitiesOf('101')
      .filter(({ PRODUCT_CODE }) => PRODUCT_CODE === 'AC2027')
    expect(others).toEqual([])
    expect(activity).toMatchObject({ STATUS_CODE: 'A', DESCRIPTION: 'Annual Conference, renamed' })
    expect(codes(rewritten)).toEqual(expect.arrayContaining(['activity-gone', 'activity-added']))
    expect(codes(rewritten).lastIndexOf('activity-added')).toBeGreaterThan(
      codes(rewritten).indexOf('activity-gone'),
    )
    expect(meeting(later.activities)).toMatchObject({
      state: 'written',
      seqn: String(activity?.SEQN),
    })
    expect(String(activity?.SEQN)).not.toBe(firstSeqn)
    expect(later.registration.reason).toBeNull()
  })
})

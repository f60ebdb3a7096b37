import { expect, test } from 'vitest'
import { startServer } from '../../start-server.ts'
import { formOf, hrefFor, openHandOff } from '../member-steps.ts'

test('a member who may register arrives at Cvent’s registration with who they are', async () => {
  const server = await startServer()

  const href = await hrefFor(server)
  const page = await openHandOff(href)
  const form = formOf(await page.text())
  const arrived = await fetch(form.action, {
    method: 'POST',
    body: new URLSearchParams(form.fields),
    redirect: 'manual',
  })

  expect(page.status).toBe(200)
  expect(form.action).toBe(server.cvent.formPostUrl)
  expect(form.fields).toMatchObject({
    source_id: '101',
    first_name: 'Maren',
    last_name: 'Oakfield',
    target: 'Registration',
  })
  expect(arrived.status).toBe(302)
  expect(arrived.headers.get('location')).toContain('/event/WRN3DBTCMX9/register')
})

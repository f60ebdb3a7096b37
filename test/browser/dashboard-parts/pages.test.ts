import { http, HttpResponse } from 'msw'
import { expect, onTestFinished, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { z } from 'zod'
import { Audit, pageOf, WhoAmI } from '../../../schemas/admin.ts'
import { onSignInNeeded, signInWith, signOut } from '../../../widget/dashboard/api.ts'
import '../../../widget/dashboard/main.ts'
import { refuse, worker } from '../msw.ts'

// A page of the dashboard by itself, and what it shows of each answer our server may give: also of those a real one seldom gives.

const AuditPage = pageOf(Audit)
type AuditAnswer = z.infer<typeof AuditPage> | null

const line = (number: number): z.infer<typeof Audit> => ({
  id: `0193a3c1-7b5e-7c3e-9a51-2f1f64d0b00${number}`,
  at: '2027-02-03T15:04:05.000Z',
  actor: 'Ida Quist',
  action: 'changed',
  target: `event AC202${number}`,
  before: { enabled: true, phrases: { register: 'Register' } },
  after: { enabled: false, phrases: { register: 'Register' } },
  requestId: `r${number}`,
})

/** Gives the audit route these answers, one after the other, the last again and again; tells the questions seen. */
function answering(...answers: (AuditAnswer | (() => Response))[]) {
  const seen: Request[] = []
  worker.use(
    http.get('/admin/accounts/nasm/audits', ({ request }) => {
      seen.push(request)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      return typeof answer === 'function'
        ? answer()
        : HttpResponse.json(AuditPage.parse(answer ?? { items: [], nextCursor: null }))
    }),
  )
  return seen
}

/** Puts the page of who changed what on the document. */
function open() {
  const element = document.createElement('audit-page')
  Object.assign(element, { account: 'nasm', access: 'owner', query: new URLSearchParams() })
  document.body.append(element)
  onTestFinished(() => {
    element.remove()
    signOut()
  })
  return element
}

test('a list shows each line the server answers, and the change that was made', async () => {
  answering({ items: [line(7)], nextCursor: null })
  open()

  await userEvent.click(page.getByRole('button', { name: 'changed' }))

  await expect.element(page.getByText('event AC2027', { exact: true })).toBeVisible()
  await expect.element(page.getByRole('cell', { name: 'true' })).toBeVisible()
  expect(document.querySelector('dialog')?.textContent).not.toContain('phrases')
  document.querySelector('dialog')?.remove()
})

test('an empty list says what will stand there', async () => {
  answering({ items: [], nextCursor: null })

  open()

  await expect.element(page.getByText('No changes yet')).toBeVisible()
})

for (const [name, answer, sentence] of [
  [
    'that is not available',
    () => refuse(503, { detail: 'The database does not answer.' }),
    'The database does not answer.',
  ],
  [
    'that counts too many attempts',
    () => refuse(429, {}, { 'retry-after': '7' }),
    'Too many attempts. Try again in 7 seconds.',
  ],
  [
    'that cannot be reached',
    () => HttpResponse.error(),
    'The server does not answer. Check the connection, then try again.',
  ],
  [
    'behind a proxy that answers in its place',
    () => new HttpResponse('<h1>Bad gateway</h1>', { status: 502 }),
    'The server answered 502.',
  ],
] as const)
  test(`a server ${name} is told in a sentence, and “Try again” asks again`, async () => {
    answering(answer, { items: [line(7)], nextCursor: null })
    open()
    await expect.element(page.getByText(sentence)).toBeVisible()

    await userEvent.click(page.getByRole('button', { name: 'Try again' }))

    await expect.element(page.getByText('event AC2027', { exact: true })).toBeVisible()
  })

test('an ended session is asked for once, and the question is sent again with the new credential', async () => {
  const me: z.infer<typeof WhoAmI> = {
    actor: 'Ida Quist',
    kind: 'api-key',
    isFresh: true,
    canCreateAccounts: false,
    accounts: [],
  }
  worker.use(http.get('/admin/session', () => HttpResponse.json(WhoAmI.parse(me))))
  const seen = answering(() => refuse(401, { code: 'NOT_SIGNED_IN' }), {
    items: [line(7)],
    nextCursor: null,
  })
  const asked: string[] = []
  onSignInNeeded(async (reason) => {
    asked.push(reason)
    await signInWith('a new key')
    return true
  })

  open()
  await expect.element(page.getByText('event AC2027', { exact: true })).toBeVisible()

  expect(asked).toEqual(['ended'])
  expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
    null,
    'Bearer a new key',
  ])
})

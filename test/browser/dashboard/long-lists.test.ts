import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { addLogs } from '../../../db/logs.ts'
import { openDashboard, signIn, startWithDashboard } from './setting.ts'

const LINES = 3000

test('thousands of log lines come while one scrolls, without the page standing still', async () => {
  const server = await startWithDashboard({ runWorker: false, events: [] })
  for (let from = 0; from < LINES; from += 200)
    await addLogs(server.db, lines(server.account, from))
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/logs?kind=system')
  await page.locator('tbody tr').first().waitFor()
  await page.evaluate(() => {
    const seen = { longest: 0 }
    Object.assign(globalThis, { seen })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
    }).observe({ type: 'longtask' })
  })

  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 20_000)
        return page.locator('tbody tr').count()
      },
      { timeout: 60_000, interval: 50 },
    )
    .toBeGreaterThanOrEqual(LINES)

  await page.getByText(`That is all: ${LINES}.`).waitFor()
  const longest = await page.evaluate(() =>
    Number(Reflect.get(Reflect.get(globalThis, 'seen'), 'longest')),
  )
  // The last pages of a list of 3,000 rows cost the machine of the tests, shared by others, well under half of this.
  expect(longest).toBeLessThan(500)
}, 120_000)

test('a search by a person’s name never comes into the page’s address', async () => {
  const server = await startWithDashboard({ events: [] })
  const page = await openDashboard(server)
  await signIn(page, server, '/nasm/registrations')

  const asked = page.waitForRequest(
    (request) => request.url().includes('/registrations?') && request.url().includes('q='),
  )
  await page.getByRole('searchbox').fill('Oakfield')
  await asked
  await page.getByRole('link', { name: 'waiting' }).click()
  await page.getByRole('link', { name: 'Logs' }).click()
  await page.goBack()

  expect(page.url()).toBe(`${server.url}/dashboard/nasm/registrations?state=waiting`)
  await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('Oakfield')
})

function lines(account: string, from: number) {
  return Array.from({ length: 200 }, (_, index) => ({
    id: randomUUID(),
    account,
    at: Date.now() - (from + index) * 1000,
    kind: 'system',
    level: 'info',
    code: 'test-line',
    text: `line ${from + index} of a long log`,
    trace: randomUUID(),
    eventCode: null,
    partyId: null,
    registrationId: null,
    messageId: null,
    durationMs: index,
    detail: null,
    dismissedAt: null,
  }))
}

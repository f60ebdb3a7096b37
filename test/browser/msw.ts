import { http, HttpResponse, passthrough } from 'msw'
import { setupWorker } from 'msw/browser'
import { afterEach, beforeAll, expect } from 'vitest'
import type { Problem } from '../../schemas/problem.ts'

/**
 * Plays our server in the tests that run in the browser. A test file adds its own handlers with `use`; a request that no
 * handler answers fails, and the test with it.
 */
export const worker = setupWorker(
  http.get('/favicon.ico', () => new HttpResponse(null, { status: 204 })),
  // The test's own modules, and Vitest's.
  http.get(/\.(?:ts|js|mjs|css|tsx|map)(?:\?|$)/, () => passthrough()),
  http.all(/\/(?:__vitest|@vite|@fs|@id|node_modules)/, () => passthrough()),
)

/** An error as our server answers it. */
export function refuse(
  status: number,
  problem: Partial<Problem> = {},
  headers: Record<string, string> = {},
): HttpResponse<Problem> {
  const body: Problem = {
    type: 'about:blank',
    title: 'Problem',
    status,
    code: status === 404 ? 'NOT_FOUND' : 'UNAVAILABLE',
    detail: 'A sentence for a person.',
    requestId: 'r1',
    ...problem,
  }
  return HttpResponse.json(body, {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  })
}

const unhandled: string[] = []

beforeAll(async () => {
  await worker.start({
    quiet: true,
    onUnhandledFrame: async ({ frame, defaults }) => {
      unhandled.push(await frame.getUnhandledMessage())
      defaults.error()
    },
  })
})

afterEach(() => {
  expect(unhandled.splice(0)).toEqual([])
})

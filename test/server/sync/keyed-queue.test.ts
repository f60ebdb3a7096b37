import { expect, test } from 'vitest'
import { openKeyedQueue } from '../../../server/sync/worker/keyed-queue.ts'

test('who shares a key goes one after the other, the others beside, and a failure stops nobody', async () => {
  const oneByOne = openKeyedQueue()
  const steps: string[] = []
  const gates = new Map<string, () => void>()
  const work = (name: string, keys: string[], fails = false) =>
    oneByOne(keys, async () => {
      steps.push(`${name} starts`)
      await new Promise<void>((resolve) => gates.set(name, resolve))
      steps.push(`${name} ends`)
      if (fails) throw new Error(name)
    })
  const open = async (name: string) => {
    await expect.poll(() => gates.has(name)).toBe(true)
    gates.get(name)?.()
  }

  const a = work('a', ['x', 'y'], true)
  const b = work('b', ['y', 'z'])
  const c = work('c', ['w'])
  const d = work('d', ['z', 'x', 'z'])
  await open('c')
  await c
  const beside = [...steps]
  await open('a')
  await expect(a).rejects.toThrow('a')
  await open('b')
  await open('d')
  await Promise.all([b, d])

  expect(beside).toEqual(['a starts', 'c starts', 'c ends'])
  expect(steps.slice(3)).toEqual(['a ends', 'b starts', 'b ends', 'd starts', 'd ends'])
})

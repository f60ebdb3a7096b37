import { expect, test } from 'vitest'
import { DISK_KINDS, fillDisk } from './full-disk.ts'

test.for(DISK_KINDS)(
  'with a full disk (%s) each message is answered 503, nothing is lost, and it goes on by itself when there is room',
  async (kind) => {
    const seen = await fillDisk(kind)

    expect(new Set(seen.whenFull)).toEqual(new Set([503]))
    expect(seen).toMatchObject({ withoutRetryAfter: 0, isAlive: true, afterwards: 200 })
    expect(seen).toMatchObject({ lost: 0, duplicates: 0, bugs: 0, exitCode: 0 })
    expect(seen.activities).toEqual([1, 1, 1])
  },
)

import { LRUCache } from 'lru-cache'
import { atMost } from './cache-limit.ts'

/** Tells what happens often at most once a minute for each key, with how often it happened since it was last told. */
export interface MinuteLines<Value> {
  note(key: string, value: Value): void
  /** Tells what was counted and not told yet. */
  flush(): void
}

const MINUTE_MS = 60_000

/** Opens the lines. `tell` is given the latest value of a key; the first time of a quiet minute is told at once. */
export function openMinuteLines<Value>(deps: {
  now: () => number
  tell: (key: string, times: number, latest: Value) => void
}): MinuteLines<Value> {
  const { now, tell } = deps
  const windows = new LRUCache<string, { at: number; untold: number; latest: Value }>(atMost(1000))
  return {
    note(key, latest) {
      const window = windows.get(key)
      if (window && now() - window.at < MINUTE_MS) {
        window.untold += 1
        window.latest = latest
        return
      }
      tell(key, (window?.untold ?? 0) + 1, latest)
      windows.set(key, { at: now(), untold: 0, latest })
    },
    flush() {
      for (const [key, { untold, latest }] of windows.entries())
        if (untold > 0) tell(key, untold, latest)
      windows.clear()
    },
  }
}

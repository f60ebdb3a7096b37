/** Lets only so many works of one key go on at a time; the others wait, in the order in which they came. */
export interface FewAtOnce {
  run<Value>(key: string, work: () => Promise<Value>): Promise<Value>
}

/** Opens the gate with nobody in it. */
export function openFewAtOnce(most: number): FewAtOnce {
  const places = new Map<string, { taken: number; waiting: (() => void)[] }>()

  async function enter(key: string) {
    const place = places.get(key) ?? { taken: 0, waiting: [] }
    places.set(key, place)
    if (place.taken < most) place.taken += 1
    else await new Promise<void>((go) => place.waiting.push(go))
    return place
  }

  return {
    async run(key, work) {
      const place = await enter(key)
      try {
        return await work()
      } finally {
        // Who waits takes over the place.
        const next = place.waiting.shift()
        if (next) next()
        else place.taken -= 1
        if (place.taken === 0) places.delete(key)
      }
    },
  }
}

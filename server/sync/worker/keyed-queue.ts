/** Runs work one after the other for those who share a key, and side by side for the others. */
export type RunOneByOne = <Done>(keys: string[], work: () => Promise<Done>) => Promise<Done>

/**
 * Opens a queue. All keys of a piece of work are taken at once, so that two pieces never wait for each other; work that runs
 * inside other work must use keys of its own kind.
 */
export function openKeyedQueue(): RunOneByOne {
  const last = new Map<string, Promise<void>>()
  return async (keys, work) => {
    const names = [...new Set(keys)]
    const before = names.flatMap((name) => last.get(name) ?? [])
    const mine = Promise.all(before).then(work)
    const ended = mine.then(
      () => undefined,
      () => undefined,
    )
    for (const name of names) last.set(name, ended)
    try {
      return await mine
    } finally {
      for (const name of names) if (last.get(name) === ended) last.delete(name)
    }
  }
}

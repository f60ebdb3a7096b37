/**
 * Returns the limit of an LRU cache that grows as it fills. The `max` of lru-cache reserves room for every entry at once, which
 * took 40 ms of each start of the server.
 */
export function atMost(entries: number): { maxSize: number; sizeCalculation: () => number } {
  return { maxSize: entries, sizeCalculation: () => 1 }
}

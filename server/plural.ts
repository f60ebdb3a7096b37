/** A count with its noun as a sentence needs it: `1 message`, `2 messages`, `1,200 entries` by its own plural. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** Prints what a long form measured, in one line, for whoever quotes it. */
export function tell(name: string, dialect: string, seen: Record<string, number>): void {
  const figures = Object.entries(seen).map(([what, figure]) => `${what} ${Math.round(figure)}`)
  process.stdout.write(`${name} ${dialect}: ${figures.join(', ')}\n`)
}

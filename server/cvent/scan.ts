/**
 * Finds the members of JSON objects in bytes without building what nobody asks for: a body of millions of entries, or of
 * any depth, costs time in proportion to its size and no memory. Long work yields, so that others have their turn.
 */

/** Where a value stands in the bytes, end excluded. */
export interface Range {
  start: number
  end: number
}

/** Thrown for bytes that are no JSON. */
export class NotJson extends Error {
  override name = 'NotJson'
}

/** A step of long work; whoever runs it decides when to pause. */
export type Steps<Result> = Generator<void, Result, void>

/** Bytes looked at between two steps. */
const STEP_BYTES = 128 * 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
export const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d

/** The first byte at or after `at` that is no white space. */
export function skipSpace(bytes: Buffer, at: number): number {
  let here = at
  for (;;) {
    const byte = bytes[here]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return here
    here += 1
  }
}

/** The end of the text whose opening quote stands at `at`. */
function endOfText(bytes: Buffer, at: number): number {
  let quote = at
  for (;;) {
    quote = bytes.indexOf(QUOTE, quote + 1)
    if (quote < 0) throw new NotJson()
    let slash = quote - 1
    while (bytes[slash] === BACKSLASH) slash -= 1
    if ((quote - slash) % 2 === 1) return quote + 1
  }
}

/** The end of the value that begins at `at`. Brackets are counted, so that no depth is too deep. */
export function* endOfValue(bytes: Buffer, at: number): Steps<number> {
  const first = bytes[at]
  if (first === QUOTE) return endOfText(bytes, at)
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return endOfScalar(bytes, at)
  let depth = 0
  let here = at
  let stepAt = at + STEP_BYTES
  for (;;) {
    const byte = bytes[here]
    if (byte === undefined) throw new NotJson()
    if (byte === QUOTE) here = endOfText(bytes, here)
    else {
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1
      here += 1
      if (depth === 0) return here
    }
    if (here < stepAt) continue
    stepAt = here + STEP_BYTES
    yield
  }
}

/** A number or one of three words; another word is no JSON. */
function endOfScalar(bytes: Buffer, at: number): number {
  let here = at
  while (isOfScalar(bytes[here])) here += 1
  const text = bytes.toString('latin1', at, Math.min(here, at + 400))
  if (!/^(true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text)) throw new NotJson()
  return here
}

const isOfScalar = (byte: number | undefined) =>
  byte !== undefined && (byte === 0x2b || byte === 0x2d || byte === 0x2e || isWord(byte))

const isWord = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)

/** The members of the object at `at` whose names are wanted (a repeated one counts last), and where the object ends. */
export function* membersOf(
  bytes: Buffer,
  at: number,
  wanted: ReadonlySet<string>,
): Steps<{ members: Map<string, Range>; end: number }> {
  const members = new Map<string, Range>()
  let here = skipSpace(bytes, at + 1)
  if (bytes[here] === CLOSE_OBJECT) return { members, end: here + 1 }
  for (;;) {
    if (bytes[here] !== QUOTE) throw new NotJson()
    const nameEnd = endOfText(bytes, here)
    const name = nameOf(bytes, here, nameEnd)
    here = skipSpace(bytes, nameEnd)
    if (bytes[here] !== COLON) throw new NotJson()
    const start = skipSpace(bytes, here + 1)
    const end = yield* endOfValue(bytes, start)
    if (wanted.has(name)) members.set(name, { start, end })
    here = skipSpace(bytes, end)
    if (bytes[here] === CLOSE_OBJECT) return { members, end: here + 1 }
    if (bytes[here] !== COMMA) throw new NotJson()
    here = skipSpace(bytes, here + 1)
  }
}

/** A member's name; those that nobody could ask for are as good as empty. */
function nameOf(bytes: Buffer, start: number, end: number): string {
  if (end - start > 200) return ''
  const text = bytes.toString('utf8', start, end)
  return text.includes('\\') ? String(parseSmall(text) ?? '') : text.slice(1, -1)
}

/** Walks the elements of the list at `at`; `each` reads one and says where it ends, or `undefined` to stop. */
export function* elementsOf(
  bytes: Buffer,
  at: number,
  each: (start: number) => Steps<number | undefined>,
): Steps<number | undefined> {
  let here = skipSpace(bytes, at + 1)
  if (bytes[here] === CLOSE_LIST) return here + 1
  let stepAt = here + STEP_BYTES
  for (;;) {
    const end = yield* each(here)
    if (end === undefined) return undefined
    here = skipSpace(bytes, end)
    if (bytes[here] === CLOSE_LIST) return here + 1
    if (bytes[here] !== COMMA) throw new NotJson()
    here = skipSpace(bytes, here + 1)
    if (here < stepAt) continue
    stepAt = here + STEP_BYTES
    yield
  }
}

/** The value of a range when it is short, else undefined. */
export function valueOf(bytes: Buffer, range: Range | undefined, most: number): unknown {
  if (!range || range.end - range.start > most) return undefined
  return parseSmall(bytes.toString('utf8', range.start, range.end))
}

function parseSmall(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The bytes of a text that holds JSON itself, or undefined when the value is no text. */
export function textWithin(bytes: Buffer, { start, end }: Range): Buffer | undefined {
  if (bytes[start] !== QUOTE) return undefined
  const text = parseSmall(bytes.toString('utf8', start, end))
  return typeof text === 'string' ? Buffer.from(text) : undefined
}

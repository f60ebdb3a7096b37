import { isNickname } from './nicknames.ts'

/** What somebody is called, as a vendor has it. `nickname`: what they call themselves, where the vendor has a field for it. */
export interface PersonName {
  firstName: string | undefined
  lastName: string | undefined
  nickname?: string | undefined
}

/** Why two names are not taken for one person's. */
export type NameDifference = 'no-last-name' | 'last-name' | 'no-first-name' | 'first-name'

/** More of a name than any vendor keeps. */
const LONGEST = 200

/**
 * What speaks against two names being one person's, or undefined. Last names must be equal but for case, accents,
 * punctuation and spaces; first names equal or nicknames of each other, where one more name may be an initial. Initials alone
 * are no first name, nor is a title, nor two people's names together. What is doubtful differs: an admin can say who it is,
 * and nobody can take back what was shown to the wrong person.
 */
export function nameDifference(a: PersonName, b: PersonName): NameDifference | undefined {
  const [lastA, lastB] = [readLastName(a.lastName), readLastName(b.lastName)]
  if (!lastA || !lastB) return 'no-last-name'
  if (!isSameLastName(lastA, lastB)) return 'last-name'
  const [givenA, givenB] = [givenNames(a), givenNames(b)]
  if (givenA.length === 0 || givenB.length === 0) return 'no-first-name'
  const isCompatible = givenA.some((one) => givenB.some((other) => isSameGivenName(one, other)))
  return isCompatible ? undefined : 'first-name'
}

/** Whether two last names are equal but for case, accents, punctuation and spaces; one that is missing equals none. */
export function hasSameLastName(a: string | undefined, b: string | undefined): boolean {
  const [lastA, lastB] = [readLastName(a), readLastName(b)]
  return lastA !== undefined && lastB !== undefined && isSameLastName(lastA, lastB)
}

/** Father and son share a name and often an address: what tells them apart counts where both say it. */
const GENERATIONS = new Map([
  ['jr', '2'],
  ['junior', '2'],
  ['jnr', '2'],
  ['sr', '1'],
  ['senior', '1'],
  ['snr', '1'],
  ['ii', '2'],
  ['iii', '3'],
  ['iv', '4'],
  ['2nd', '2'],
  ['3rd', '3'],
  ['4th', '4'],
])
/** What stands behind a name and is no name. */
const CREDENTIALS = new Set(
  'phd md dds dmd dvm jd esq cpa rn bsn msn mba msc bsc edd dnp cae cmp pmp'.split(' '),
)
/** What stands before a first name and is no name. */
const TITLES = new Set(
  'mr mrs ms miss mx dr prof professor rev hon sir dame herr frau mme mlle sra srta dipl ing'.split(
    ' ',
  ),
)

interface LastName {
  /** The name's letters without spaces, in each way of writing its accents. */
  written: Set<string>
  generation: string | undefined
}

function readLastName(text: string | undefined): LastName | undefined {
  const written = new Set<string>()
  let generation: string | undefined
  // "Ph.D." is one word, "J.R." is two.
  for (const spelled of spellings(text?.replaceAll('.', ''))) {
    const parts = spelled.split(/[ -]+/).filter(Boolean)
    for (let last = parts.at(-1); parts.length > 1 && last !== undefined; last = parts.at(-1)) {
      const said = GENERATIONS.get(last)
      if (said === undefined && !CREDENTIALS.has(last)) break
      generation ??= said
      parts.pop()
    }
    if (parts.length > 0) written.add(parts.join(''))
  }
  return written.size === 0 ? undefined : { written, generation }
}

function isSameLastName(a: LastName, b: LastName) {
  const isWrittenSame = [...a.written].some((written) => b.written.has(written))
  const isOtherGeneration =
    a.generation !== undefined && b.generation !== undefined && a.generation !== b.generation
  return isWrittenSame && !isOtherGeneration
}

/** First names in each spelling, as a list of parts; those joined by a hyphen are one part. Without a whole name there is none. */
function givenNames({ firstName, nickname }: PersonName): string[][] {
  return [firstName, nickname].flatMap((text) => {
    if (TWO_PEOPLE.test(text ?? '')) return []
    return [...spellings(text)]
      .map((spelled) => {
        const parts = spelled.split(' ').filter(Boolean)
        while (TITLES.has(parts[0] ?? '')) parts.shift()
        return parts
      })
      .filter((parts) => parts.some((part) => !isInitial(part)))
  })
}

/** "Robert & Rita": the contact of a couple is neither's own. */
const TWO_PEOPLE = /[&+\uFF06\uFF0B]|\s(and|und|et)\s/i

/** One letter of a script that has capitals; in others one letter is a name. */
function isInitial(part: string) {
  return part.length === 1 && part !== part.toUpperCase()
}

/** Each part that both have must agree, and one of them as a whole; a middle name that only one has says nothing. */
function isSameGivenName(a: string[], b: string[]) {
  const joined = (parts: string[]) => parts.join('').replaceAll('-', '')
  if (joined(a) === joined(b)) return true
  const pairs = a.slice(0, b.length).map((part, at) => [part, b[at] ?? ''] as const)
  const isWhole = pairs.map(([one, other]) => one === other || isNickname(one, other))
  return (
    pairs.every(([one, other], at) => isWhole[at] || isInitialOf(one, other)) &&
    pairs.some(([one], at) => isWhole[at] && !isInitial(one))
  )
}

function isInitialOf(a: string, b: string) {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  return isInitial(short) && long.startsWith(short)
}

/** Letters that no decomposition makes plain. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
}
/** The same letters as they are written where a keyboard has no accents. */
const DIGRAPHS: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' }

/**
 * A name in lower case, without accents and apostrophes, its words apart by one space or hyphen; and once more with the
 * umlauts written as two letters. Marks of scripts in which they are vowels (Devanagari, Thai, Japanese …) stay.
 */
function spellings(text: string | undefined): Set<string> {
  const name = (text ?? '').slice(0, LONGEST).toWellFormed().normalize('NFKC').toLowerCase()
  const digraphs = inWords(name.normalize('NFC'), /[äöüøå]/, DIGRAPHS)
  return new Set([comparable(name), comparable(digraphs)].filter((spelled) => spelled !== ''))
}

/** Writes letters as others, where they stand in a word: an initial stays one letter. */
function inWords(name: string, letter: RegExp, as: Record<string, string>) {
  const { source } = letter
  const inWord = new RegExp(`(?<=\\p{L})${source}|${source}(?=\\p{L})`, 'gu')
  return name.replace(inWord, (found) => as[found] ?? found)
}

function comparable(name: string) {
  const plain = name
    .normalize('NFD')
    // Accents of Latin, Greek and Cyrillic letters, Hebrew points, Arabic vowel signs and the stretching of a word.
    .replace(/[\u0300-\u036F\u0591-\u05C7\u064B-\u065F\u0670\u0640]/g, '')
    .normalize('NFC')
  return inWords(plain, /[ßæœøđðþłħŧı]/, LETTERS)
    .replace(/[\p{Cf}'’‘ʼʻ`´]/gu, '')
    .replace(/\p{Pd}/gu, '-')
    .replace(/[^\p{L}\p{M}\p{N}-]+/gu, ' ')
    .replace(/ *-[ -]*/g, '-')
    .replace(/^[ -]+|[ -]+$/g, '')
}

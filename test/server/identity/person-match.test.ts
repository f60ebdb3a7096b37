import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  doubtOfEmail,
  isProven,
  type EmailEvidence,
} from '../../../server/identity/person-match.ts'
import {
  hasSameLastName,
  nameDifference,
  type PersonName,
} from '../../../server/identity/person-names.ts'

/** "Last, First" as a name. */
function named(text: string): PersonName {
  const [lastName, firstName] = text.split(', ')
  return { firstName: firstName || undefined, lastName: lastName || undefined }
}

describe('one person’s name, written twice', () => {
  test.each([
    ['case', 'QUILL, ADA', 'quill, Ada'],
    ['accents', 'Núñez, José', 'Nunez, Jose'],
    ['accents in either Unicode form', 'Nu\u0301n\u0303ez, Jose\u0301', 'Núñez, José'],
    ['full-width letters', 'Ｑｕｉｌｌ, Ａｄａ', 'Quill, Ada'],
    ['umlauts as two letters', 'Müller, Jörg', 'Mueller, Joerg'],
    ['umlauts as one letter', 'Müller, Jörg', 'Muller, Jorg'],
    ['ß', 'Weiß, Ada', 'Weiss, Ada'],
    ['capital ẞ', 'WEIẞ, Ada', 'Weiss, Ada'],
    ['ø as o', 'Sørensen, Bjørn', 'Sorensen, Bjorn'],
    ['ø as oe', 'Sørensen, Bjørn', 'Soerensen, Bjoern'],
    ['å as aa', 'Håkansson, Åke', 'Haakansson, Aake'],
    ['æ, ł, đ, þ', 'Łęcki-Đurđić, Þæ', 'Lecki Durdic, Thae'],
    ['the Turkish dotted and dotless i', 'IŞIK, İlkay', 'ışık, ilkay'],
    ['a hyphen', 'Smith-Jones, Ada', 'Smith Jones, Ada'],
    ['another hyphen', 'Smith‐Jones, Anne–Marie', 'SmithJones, Annemarie'],
    ['an apostrophe', 'O’Brien, Ada', "O'Brien, Ada"],
    ['no apostrophe', 'D’Angelo, Ada', 'Dangelo, Ada'],
    ['a particle apart or together', 'van der Berg, Ada', 'Vanderberg, Ada'],
    ['spaces', '  de   la Cruz , Ada', 'De La Cruz,  ada '],
    ['an invisible character', 'Qu\u200Bill, A\u00ADda', 'Quill, Ada'],
    ['a title', 'Quill, Dr. Ada', 'Quill, Ada'],
    ['two titles', 'Quill, Prof. Dr. Ada', 'Quill, Ada'],
    ['a degree', 'Quill PhD, Ada', 'Quill, Ada'],
    ['a degree with points', 'Quill Ph.D., Ada', 'Quill, Ada'],
    ['a suffix that only one has', 'Smith Jr., John', 'Smith, John'],
    ['a suffix in two ways', 'Smith Jr., John', 'Smith II, John'],
    ['a nickname', 'Hale, Robert', 'Hale, Bob'],
    ['two nicknames', 'Hale, Rob', 'Hale, Bobby'],
    ['a nickname beside the name', 'Hale, Robert (Bob)', 'Hale, Bob'],
    ['an initial before a whole name', 'Hale, R. James', 'Hale, Robert James'],
    ['an initial before a whole name on both sides', 'Hale, R. James', 'Hale, R James'],
    ['a middle name that one has', 'Hale, Robert James', 'Hale, Robert'],
    ['a middle initial', 'Hale, Robert J.', 'Hale, Robert James'],
    ['Greek accents', 'Παπαδόπουλος, Άννα', 'ΠΑΠΑΔΟΠΟΥΛΟΣ, ΑΝΝΑ'],
    ['Cyrillic ё', 'Королёв, Пётр', 'Королев, Петр'],
    ['Arabic vowel signs', 'مُحَمَّد, عَلِي', 'محمد, علي'],
    ['Chinese', '王, 伟', '王, 伟'],
    ['half-width kana', 'ﾀﾅｶ, ﾊﾅｺ', 'タナカ, ハナコ'],
    ['Korean in either Unicode form', '김, 민수', '김'.normalize('NFD') + ', 민수'],
    ['one letter as a last name', 'O, Ada', 'Ô, Ada'],
  ])('%s', (_what, one, other) => {
    expect(nameDifference(named(one), named(other))).toBeUndefined()
    expect(nameDifference(named(other), named(one))).toBeUndefined()
  })

  test('the nickname that a vendor keeps apart counts as a first name', () => {
    const formal = { firstName: 'Margarethe', lastName: 'Quill', nickname: 'Gretl' }

    expect(nameDifference(formal, { firstName: 'Gretl', lastName: 'Quill' })).toBeUndefined()
  })
})

describe('names that must not be taken for one person’s', () => {
  test.each([
    ['another person', 'Quill, Ada', 'Zimmer, Robert', 'last-name'],
    ['a family member', 'Quill, Ada', 'Quill, Robert', 'first-name'],
    ['a couple with alike names', 'Quill, Patrick', 'Quill, Patricia', 'first-name'],
    [
      'Alexander and Alexandra, who are both Alex',
      'Quill, Alexander',
      'Quill, Alexandra',
      'first-name',
    ],
    ['father and son', 'Smith Jr., John', 'Smith Sr., John', 'last-name'],
    ['grandson and son', 'Smith III, John', 'Smith II, John', 'last-name'],
    ['brothers with a double name', 'Roux, Jean-Pierre', 'Roux, Jean-Paul', 'first-name'],
    ['double names without hyphens', 'Roux, Jean Pierre', 'Roux, Jean Paul', 'first-name'],
    ['another middle initial', 'Hale, Robert J.', 'Hale, Robert K.', 'first-name'],
    ['another initial', 'Hale, R.', 'Hale, John', 'no-first-name'],
    ['an initial only', 'Hale, R.', 'Hale, Robert', 'no-first-name'],
    ['the same initial only', 'Hale, R.', 'Hale, R', 'no-first-name'],
    ['initials only', 'Hale, R.J.', 'Hale, Robert James', 'no-first-name'],
    ['the same initials only', 'Hale, R. J.', 'Hale, R.J.', 'no-first-name'],
    ['an initial only in Cyrillic', 'Королёв, П.', 'Королёв, Пётр', 'no-first-name'],
    ['an initial with a title', 'Hale, Dr. R.', 'Hale, Robert', 'no-first-name'],
    ['another name behind the same initial', 'Hale, R. James', 'Hale, Robert John', 'first-name'],
    ['half of a double name', 'Smith-Jones, Ada', 'Smith, Ada', 'last-name'],
    ['a double name the other way round', 'Smith-Jones, Ada', 'Jones-Smith, Ada', 'last-name'],
    ['first and last name exchanged', 'Wei, Li', 'Li, Wei', 'last-name'],
    ['a particle left out', 'von Berg, Ada', 'Berg, Ada', 'last-name'],
    ['a beginning', 'Quillfeather, Ada', 'Quill, Ada', 'last-name'],
    ['a beginning of the first name', 'Quill, Christa', 'Quill, Christabel', 'first-name'],
    [
      'a word that every object of JavaScript knows',
      'Quill Constructor, Ada',
      'Quill, Ada',
      'last-name',
    ],
    ['one letter off', 'Quil, Ada', 'Quill, Ada', 'last-name'],
    ['an initial as a last name', 'Q., Ada', 'Quill, Ada', 'last-name'],
    ['another umlaut', 'Müller, Ada', 'Möller, Ada', 'last-name'],
    ['a look-alike of another script', 'Оuill, Ada', 'Ouill, Ada', 'last-name'],
    ['another script', 'Королёв, Пётр', 'Korolev, Petr', 'last-name'],
    ['other vowels in Devanagari', 'शर्मा, राम', 'शर्मा, रीम', 'first-name'],
    ['another sound mark in Japanese', 'カキ, ハナ', 'ガキ, ハナ', 'last-name'],
    ['a Chinese name that begins alike', '王, 伟', '王, 伟明', 'first-name'],
    ['no last name', ', Ada', 'Quill, Ada', 'no-last-name'],
    ['no last name on both sides', ', Ada', ', Ada', 'no-last-name'],
    ['no first name', 'Quill, ', 'Quill, Ada', 'no-first-name'],
    ['no first name on both sides', 'Quill, ', 'Quill, ', 'no-first-name'],
    ['punctuation only', '–.’, Ada', '–.’, Ada', 'no-last-name'],
    ['a title only', 'Quill, Dr.', 'Quill, Ada', 'no-first-name'],
    ['a title only, against another', 'Quill, Mr', 'Quill, Mrs', 'no-first-name'],
    ['the same title only', 'Quill, Dr.', 'Quill, Dr', 'no-first-name'],
    ['the same title, other names', 'Quill, Dr. Ada', 'Quill, Dr. Robert', 'first-name'],
    ['the same degree, other names', 'Quill PhD, Ada', 'Zimmer PhD, Ada', 'last-name'],
    ['a couple', 'Hale, Robert & Rita', 'Hale, Robert', 'no-first-name'],
    ['a couple in words', 'Hale, Robert and Rita', 'Hale, Rita', 'no-first-name'],
    ['a couple on both sides', 'Hale, Mr. & Mrs. Robert', 'Hale, Robert', 'no-first-name'],
    ['first names the other way round', 'Roux, Jean Pierre', 'Roux, Pierre Jean', 'first-name'],
    ['names exchanged, and another first name', 'Jean, Pierre', 'Pierre, Marie', 'last-name'],
    ['a company desk', 'Quill, Events', 'Quill, Ada', 'first-name'],
    ['Greek letters that look Latin', 'Οuill, Ada', 'Ouill, Ada', 'last-name'],
    ['a look-alike in the first name', 'Quill, Аda', 'Quill, Ada', 'first-name'],
    ['a digit for a letter', 'Qu1ll, Ada', 'Quill, Ada', 'last-name'],
    ['two letters that look like one', 'Brorn, Ada', 'Brom, Ada', 'last-name'],
  ])('%s', (_what, one, other, difference) => {
    expect(nameDifference(named(one), named(other))).toBe(difference)
    expect(nameDifference(named(other), named(one))).toBe(difference)
  })
})

const letter = fc.constantFrom(
  ...Array.from('abcdefghijklmnopqrstuvwxyzàéîõüçñßøåæłđžАбвгдёйΑβγδ王伟김수'),
)
const word = fc.string({ unit: letter, minLength: 2, maxLength: 12 })
/** Everyday titles, as people write them before a first name. */
const title = fc.constantFrom('Dr.', 'Mr', 'Mrs.', 'Prof. Dr.', 'Rev', 'Frau', 'Sra.')
const person = fc.record({ firstName: word, lastName: word })
const anyText = fc.option(fc.string({ unit: 'binary', maxLength: 60 }), { nil: undefined })
const anybody = fc.record({ firstName: anyText, lastName: anyText, nickname: anyText })

describe('whatever the names are', () => {
  test('everybody who has both names is called what they are called', () => {
    fc.assert(
      fc.property(person, (one) => {
        expect(nameDifference(one, one)).toBeUndefined()
      }),
    )
  })

  test('the order in which two are compared does not matter', () => {
    fc.assert(
      fc.property(anybody, anybody, (one, other) => {
        expect(nameDifference(one, other)).toBe(nameDifference(other, one))
      }),
    )
  })

  test('case, spaces around and either Unicode form change nothing', () => {
    fc.assert(
      fc.property(person, fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'), (one, form) => {
        const other = {
          firstName: ` ${one.firstName.normalize(form)} `,
          lastName: `\t${one.lastName.normalize(form)}\n`,
        }
        expect(nameDifference(one, other)).toBeUndefined()
      }),
    )
  })

  test('a title before a first name changes nothing, and is none by itself', () => {
    fc.assert(
      fc.property(person, title, (one, before) => {
        const titled = { ...one, firstName: `${before} ${one.firstName}` }
        const only = { ...one, firstName: before }
        expect(nameDifference(one, titled)).toBeUndefined()
        expect(nameDifference(only, one)).toBe('no-first-name')
        expect(nameDifference(only, only)).toBe('no-first-name')
      }),
    )
  })

  test('initials are nobody’s first name', () => {
    const initials = fc
      .array(fc.constantFrom(...Array.from('ABCRSTÅÆØÞßЖΩ')), { minLength: 1, maxLength: 4 })
      .map((letters) => letters.map((letter) => `${letter}.`).join(' '))
    fc.assert(
      fc.property(person, initials, (one, firstName) => {
        expect(nameDifference({ ...one, firstName }, one)).toBe('no-first-name')
        expect(nameDifference({ ...one, firstName }, { ...one, firstName })).toBe('no-first-name')
      }),
    )
  })

  test('a last name with another one added is another name', () => {
    fc.assert(
      fc.property(person, word, fc.constantFrom(' ', '-'), (one, added, between) => {
        const other = { ...one, lastName: `${one.lastName}${between}${added}` }
        // What stands behind a name and is no name: "Jr", "PhD".
        fc.pre(
          !/^(jr|sr|ii|iii|iv|cae|cpa|cmp|dds|dmd|dvm|esq|jd|mba|md|msc|msn|pmp|rn|bsc|bsn|edd|dnp|phd)$/i.test(
            added,
          ),
        )
        expect(nameDifference(one, other)).toBe('last-name')
      }),
    )
  })

  test('first and last name exchanged are another person, unless they are one word', () => {
    fc.assert(
      fc.property(person, (one) => {
        const other = { firstName: one.lastName, lastName: one.firstName }
        fc.pre(!hasSameLastName(one.firstName, one.lastName))
        expect(nameDifference(one, other)).toBe('last-name')
      }),
    )
  })

  test('who has no comparable last name is nobody', () => {
    const empty = fc.string({ unit: fc.constantFrom(' ', '-', '.', '’', '\u200D', '!', '🙂') })
    fc.assert(
      fc.property(anybody, empty, (one, lastName) => {
        expect(nameDifference({ ...one, lastName }, { ...one, lastName })).toBe('no-last-name')
        expect(hasSameLastName(lastName, lastName)).toBe(false)
      }),
    )
  })

  test('another letter in a last name of plain letters is another name', () => {
    const plain = fc.string({
      unit: fc.constantFrom(...Array.from('bcdfghklmnpqrstvwz')),
      minLength: 4,
      maxLength: 12,
    })
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        fc.pre(a !== b)
        expect(hasSameLastName(`A${a}`, `A${b}`)).toBe(false)
      }),
    )
  })

  test('a very long name costs no time and breaks nothing', () => {
    const lastName = '- ́'.repeat(200_000)

    expect(nameDifference({ firstName: lastName, lastName }, { firstName: 'A', lastName })).toBe(
      'no-last-name',
    )
  })
})

describe('an e-mail address is believed', () => {
  const fitting: EmailEvidence = {
    party: { partyId: '101', firstName: 'Ada', lastName: 'Quill' },
    contact: { firstName: 'Ada', lastName: 'Quill' },
    othersWithEmail: 0,
    sourceIdOf: undefined,
    assignedTo: undefined,
    hasOtherContact: false,
    hasAddressOfPrimary: false,
    hasOwnAttendee: false,
  }

  test('when the names agree and nobody else has a claim', () => {
    expect(doubtOfEmail(fitting)).toBeUndefined()
    expect(doubtOfEmail({ ...fitting, sourceIdOf: '101', assignedTo: '101' })).toBeUndefined()
  })

  test.each<[Partial<EmailEvidence>, string]>([
    [{ contact: { firstName: 'Robert', lastName: 'Zimmer' } }, 'the last name is another one'],
    [{ contact: { firstName: 'Robert', lastName: 'Quill' } }, 'the first name is another one'],
    [{ contact: { firstName: 'Ada', lastName: undefined } }, 'no last name to compare'],
    [{ othersWithEmail: 1 }, 'another active party in iMIS has it too'],
    [{ othersWithEmail: 3 }, '3 other active parties in iMIS have it too'],
    [{ othersWithEmail: undefined }, 'iMIS did not say'],
    [{ sourceIdOf: '102' }, 'source ID of somebody else'],
    [{ assignedTo: '102' }, 'staff assigned the contact to iMIS ID 102'],
    [{ hasOtherContact: true }, 'another Cvent contact stands for that party'],
    [{ hasAddressOfPrimary: true }, 'the address of the primary registrant'],
    [{ hasOwnAttendee: true }, 'not made from here'],
  ])('never when %j', (evidence, reason) => {
    expect(doubtOfEmail({ ...fitting, ...evidence })).toContain(reason)
  })

  test('and never is the reason somebody’s name', () => {
    fc.assert(
      fc.property(person, person, (party, contact) => {
        const doubt = doubtOfEmail({ ...fitting, party: { ...party, partyId: '101' }, contact })
        fc.pre(doubt !== undefined && party.lastName.length > 6)
        expect(doubt).not.toContain(party.lastName)
      }),
    )
  })
})

test.each([
  ['sourceId', true],
  ['assigned', true],
  ['email', false],
  ['created', false],
  ['primary', false],
  [null, false],
  [undefined, false],
])('a registration matched by %s is surely theirs: %s', (matchedBy, isTheirs) => {
  expect(isProven(matchedBy)).toBe(isTheirs)
})

const COUNTRIES = new Map<string, string>()
const NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
for (const first of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  for (const second of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
    const code = first + second
    const name = NAMES.of(code)
    // Retired codes and second ones (UK for GB) have the same name; the canonical one is what Cvent knows.
    const isCanonical = new Intl.Locale(`und-${code}`).region === code
    if (name !== undefined && isCanonical) COUNTRIES.set(plain(name), code)
  }
/** Names that associations write and the standard does not. */
for (const [name, code] of Object.entries({
  usa: 'US',
  'u s a': 'US',
  'united states of america': 'US',
  uk: 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  'the netherlands': 'NL',
  holland: 'NL',
  'czech republic': 'CZ',
  turkey: 'TR',
  'republic of korea': 'KR',
  'korea republic of': 'KR',
  'russian federation': 'RU',
  'viet nam': 'VN',
}))
  COUNTRIES.set(name, code)

/** A country's code as Cvent takes it (two or three letters): a code stays, an English name becomes its code. */
export function countryCodeOf(text: string): string | undefined {
  const known = COUNTRIES.get(plain(text))
  if (known !== undefined) return known
  return /^[A-Za-z]{2,3}$/.test(text) ? text.toUpperCase() : undefined
}

/** States of the USA and Canada by name; everywhere else the query must show the code itself. */
const REGIONS: Record<string, string> = {
  alabama: 'AL',
  alaska: 'AK',
  arizona: 'AZ',
  arkansas: 'AR',
  california: 'CA',
  colorado: 'CO',
  connecticut: 'CT',
  delaware: 'DE',
  'district of columbia': 'DC',
  florida: 'FL',
  georgia: 'GA',
  hawaii: 'HI',
  idaho: 'ID',
  illinois: 'IL',
  indiana: 'IN',
  iowa: 'IA',
  kansas: 'KS',
  kentucky: 'KY',
  louisiana: 'LA',
  maine: 'ME',
  maryland: 'MD',
  massachusetts: 'MA',
  michigan: 'MI',
  minnesota: 'MN',
  mississippi: 'MS',
  missouri: 'MO',
  montana: 'MT',
  nebraska: 'NE',
  nevada: 'NV',
  'new hampshire': 'NH',
  'new jersey': 'NJ',
  'new mexico': 'NM',
  'new york': 'NY',
  'north carolina': 'NC',
  'north dakota': 'ND',
  ohio: 'OH',
  oklahoma: 'OK',
  oregon: 'OR',
  pennsylvania: 'PA',
  'puerto rico': 'PR',
  'rhode island': 'RI',
  'south carolina': 'SC',
  'south dakota': 'SD',
  tennessee: 'TN',
  texas: 'TX',
  utah: 'UT',
  vermont: 'VT',
  virginia: 'VA',
  washington: 'WA',
  'west virginia': 'WV',
  wisconsin: 'WI',
  wyoming: 'WY',
  alberta: 'AB',
  'british columbia': 'BC',
  manitoba: 'MB',
  'new brunswick': 'NB',
  newfoundland: 'NL',
  'newfoundland and labrador': 'NL',
  'nova scotia': 'NS',
  'northwest territories': 'NT',
  nunavut: 'NU',
  ontario: 'ON',
  'prince edward island': 'PE',
  quebec: 'QC',
  saskatchewan: 'SK',
  yukon: 'YT',
}

/**
 * A region's code, two to ten characters as Cvent's contract has it: a name of the USA or Canada becomes its code, another
 * short text stays, a code of two or three letters in capitals.
 */
export function regionCodeOf(text: string): string | undefined {
  const name = plain(text)
  if (Object.hasOwn(REGIONS, name)) return REGIONS[name]
  if (/^[A-Za-z]{2,3}$/.test(text)) return text.toUpperCase()
  return text.length >= 2 && text.length <= 10 ? text : undefined
}

/** Lower case, without accents and punctuation. */
function plain(text: string) {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim()
}

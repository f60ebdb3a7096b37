/** An iMIS ID: at most 10 characters. Anything else in a source ID is not ours. */
const PARTY_ID = /^[A-Za-z0-9-]{1,10}$/

/** The iMIS ID in a source ID, less the account's prefix; undefined when the source ID is not one of ours. */
export function partyIdOfSourceId(
  sourceId: string | undefined,
  prefix: string,
): string | undefined {
  if (sourceId === undefined || !sourceId.startsWith(prefix)) return undefined
  const partyId = sourceId.slice(prefix.length).trim()
  return PARTY_ID.test(partyId) ? partyId : undefined
}

/** What iMIS tells a script of a RiSE page; on any other page nothing is known. For display and calls only, never proof. */
export interface ClientContext {
  baseUrl?: string
  isAnonymous?: boolean
  loggedInPartyId?: string | number
  selectedPartyId?: string | number
}

/** Reads the page's hidden `#__ClientContext`; `{}` when there is none or it is not JSON. */
export function clientContext(): ClientContext {
  try {
    // iMIS writes an object here; whatever else it may be, a member of it is undefined.
    const input = document.querySelector<HTMLInputElement>('#__ClientContext')
    return (JSON.parse(input?.value ?? '') ?? {}) as ClientContext
  } catch {
    return {}
  }
}

/** The party this page was made for, as the page itself says; `''` for a visitor, and on a page that is not of iMIS. */
export function partyOfPage(): string {
  const { isAnonymous, loggedInPartyId } = clientContext()
  return isAnonymous ? '' : String(loggedInPartyId ?? '')
}

/**
 * What the page's own address says: `EventCode` wins over every other setting, and campaign marks (`utm_…`, `refid`)
 * travel with the member to Cvent. Names are taken in any case, as iMIS does.
 */
export function addressOfPage(): { eventCode: string | undefined; campaign: URLSearchParams } {
  const campaign = new URLSearchParams()
  let eventCode: string | undefined
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (/^eventcode$/i.test(name)) eventCode = value.trim()
    if (/^(utm_\w+|refid)$/i.test(name)) campaign.append(name, value)
  }
  return { eventCode, campaign }
}

/** For whom staff look at the page, when it is somebody else; the server believes it of confirmed staff only. */
export function selectedParty(): string | undefined {
  const { selectedPartyId } = clientContext()
  return selectedPartyId && String(selectedPartyId) !== partyOfPage()
    ? String(selectedPartyId)
    : undefined
}

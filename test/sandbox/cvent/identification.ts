import { matchContact } from './contacts.ts'
import type { Contact, ContactFields, CventEvent } from './state.ts'
import { newId } from './state.ts'
import type { World } from './world.ts'

/** Field ids: the first three are Cvent's own, the others are not public and are ours. */
export const hookFields: { id: string; name: string; member: keyof ContactFields; most: number }[] =
  [
    {
      id: '0852644F-265F-4D94-83A4-05C8479B5599',
      name: 'Email Address',
      member: 'email',
      most: 80,
    },
    {
      id: '67659D1A-B09D-498A-B625-29D5F757F022',
      name: 'First Name',
      member: 'firstName',
      most: 50,
    },
    { id: '2FFEF048-9F16-4701-89F1-8F5C5DE38DA5', name: 'Last Name', member: 'lastName', most: 50 },
    { id: '5C1F0C0E-0F4E-4B62-9D41-3A1B0E1A7C01', name: 'Source ID', member: 'sourceId', most: 50 },
    { id: '5C1F0C0E-0F4E-4B62-9D41-3A1B0E1A7C02', name: 'Company', member: 'company', most: 100 },
    { id: '5C1F0C0E-0F4E-4B62-9D41-3A1B0E1A7C03', name: 'Title', member: 'title', most: 100 },
  ]

interface HookItem {
  id?: string
  name?: string
  value?: string[]
}

/**
 * Cvent's Attendee Identification Service: asks the event's contact hook who this is. Every non-blank field of the answer
 * overwrites; 404, 400, silence over 10 s or nonsense leave what was typed. Answers the contact it comes to.
 */
export async function matchParty(
  world: World,
  event: CventEvent,
  typed: ContactFields,
): Promise<Contact> {
  const hook = world.state.hooks.get(event.hookId ?? '')
  if (!hook) return matchContact(world, typed, 'Registrant')
  const { type, secret, authHeaderKey, apiKeyPrefix } = hook.security
  const credential =
    type === 'basic' ? `Basic ${secret}` : apiKeyPrefix ? `api_key ${secret}` : secret
  const fields: ContactFields = { ...typed }
  try {
    const response = await fetch(hook.callback, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [type === 'apiKey' ? (authHeaderKey ?? 'Authorization') : 'Authorization']: credential,
      },
      body: JSON.stringify({
        transactionId: newId(),
        data: hookFields.slice(0, 3).map(({ id, name, member, most }) => ({
          id,
          name,
          maximumLength: most,
          type: 'String',
          value: [typed[member] ?? ''],
        })),
      }),
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) {
      // What is not this shape fails below and is taken as no answer.
      const { data } = (await response.json()) as { data: HookItem[] }
      for (const item of data) {
        const known = hookFields.find(
          ({ id, name }) => id === item.id?.toUpperCase() || name === item.name,
        )
        const text = item.value?.[0]
        if (known && text) Object.assign(fields, { [known.member]: text.slice(0, known.most) })
      }
    }
  } catch {
    return matchContact(world, typed, 'Registrant')
  }
  return matchContact(world, fields, 'Registrant')
}

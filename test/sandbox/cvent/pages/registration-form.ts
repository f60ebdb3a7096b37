import type { Choices } from '../registration.ts'
import type { ContactFields, CventEvent, Product } from '../state.ts'
import { Refused } from '../state.ts'
import type { Html } from './layout.ts'
import { html, Html as Raw, price } from './layout.ts'

/** How many guests the form has room for. */
export const guestRows = [1, 2] as const

const field = (
  name: string,
  label: string,
  value = '',
  more: { type?: string; required?: boolean; min?: number } = {},
): Html =>
  html`<label
    >${label}
    <input
      name="${name}"
      value="${value}"
      type="${more.type ?? 'text'}"
      ${more.required && new Raw('required')}
      ${more.min !== undefined && new Raw(`min="${more.min}"`)}
  /></label>`

export const personFields = (fields: ContactFields): Html =>
  html`${field('firstName', 'First name', fields.firstName, { required: true })}
  ${field('lastName', 'Last name', fields.lastName, { required: true })}
  ${field('email', 'Email address', fields.email, { type: 'email', required: true })}`

/** Check boxes of the sessions, ticked when held. */
export const sessionFields = (event: CventEvent, held: string[] = []): Html =>
  html`<fieldset>
    <legend>Sessions</legend>
    ${event.sessions
      .filter(({ status, included }) => status === 'Active' && !included)
      .map(
        (session) =>
          html`<label class="inline"
            ><input
              type="checkbox"
              name="session"
              value="${session.code}"
              data-price="${session.price}"
              ${held.includes(session.id) && new Raw('checked')}
            />
            ${session.name} (${price(session.price)})</label
          >`,
      )}
  </fieldset>`

export const quantityFields = (event: CventEvent, held: (item: Product) => number): Html =>
  html`${event.quantityItems.map(
    (item) =>
      html`<label
        >${item.name} (${price(item.price)} each)
        <input
          type="number"
          min="0"
          max="10"
          name="quantity-${item.code}"
          value="${held(item)}"
          data-each="${item.price}"
      /></label>`,
  )}`

export const guestFields = (row: number): Html =>
  html`<fieldset>
    <legend>Guest ${row}</legend>
    ${field(`guest${row}FirstName`, `Guest ${row} first name`)}
    ${field(`guest${row}LastName`, `Guest ${row} last name`)}
    ${field(`guest${row}Email`, `Guest ${row} email address`, '', { type: 'email' })}
  </fieldset>`

/** The whole form, filled in with what is known of the person. */
export function registrationForm(event: CventEvent, known: ContactFields): Html {
  const typeCode = known.sourceId ? 'MEM' : 'NON'
  const itemCode = known.sourceId ? 'FULL-M' : 'FULL-N'
  return html`<form method="post">
    ${personFields(known)} ${field('company', 'Company', known.company)}
    ${field('title', 'Title', known.title)}
    <label
      >Registration type
      <select name="registrationType">
        ${event.registrationTypes
          .filter(({ code, open }) => open && code !== 'GST')
          .map(
            (type) =>
              html`<option value="${type.code}" ${type.code === typeCode && new Raw('selected')}>
                ${type.name}
              </option>`,
          )}
      </select></label
    >
    <label
      >Admission item
      <select name="admissionItem">
        ${event.admissionItems
          .filter(({ code }) => code !== 'GUEST')
          .map(
            (item) =>
              html`<option
                value="${item.code}"
                data-price="${item.price}"
                ${item.code === itemCode && new Raw('selected')}
              >
                ${item.name} (${price(item.price)})
              </option>`,
          )}
      </select></label
    >
    ${sessionFields(event)} ${quantityFields(event, () => 0)}
    ${event.donationItems.map((item) =>
      field(`donation-${item.code}`, `${item.name} donation (${event.currency})`, '0', {
        type: 'number',
        min: 0,
      }),
    )}
    ${guestRows.map(guestFields)} ${field('discountCode', 'Discount code')}
    <label
      >Payment
      <select name="payment">
        <option value="card">Pay by card</option>
        <option value="invoice">Send an invoice</option>
      </select></label
    >
    <p class="total">Total: <output id="total" aria-label="Total"></output></p>
    <button type="submit">Submit</button>
    ${totalScript(event)}
  </form>`
}

function totalScript(event: CventEvent): Html {
  const guest = event.admissionItems.find(({ code }) => code === 'GUEST')?.price ?? 0
  const discounts = Object.fromEntries(event.discounts.map(({ code, percent }) => [code, percent]))
  return new Raw(`<script type="module">
const form = document.querySelector('form'), total = document.querySelector('#total')
const percent = ${JSON.stringify(discounts)}
function sum() {
  let all = Number(form.admissionItem.selectedOptions[0]?.dataset.price ?? 0)
  for (const box of form.querySelectorAll('[name=session]:checked')) all += Number(box.dataset.price)
  for (const item of form.querySelectorAll('[data-each]')) all += Number(item.value) * Number(item.dataset.each)
  for (const gift of form.querySelectorAll('[name^=donation-]')) all += Number(gift.value)
  for (const name of form.querySelectorAll('[name^=guest][name$=FirstName]')) if (name.value) all += ${guest}
  all *= 1 - (percent[form.discountCode.value] ?? 0) / 100
  total.textContent = '${event.currency} ' + all.toFixed(2)
}
form.addEventListener('input', sum)
sum()
</script>`)
}

/** A posted form: a name that is there twice is a list. */
export type Posted = Record<string, string | string[]>

export const textOf = (posted: Posted, name: string) => {
  const value = posted[name]
  return (Array.isArray(value) ? value[0] : value)?.trim() ?? ''
}

export const textsOf = (posted: Posted, name: string) => {
  const value = posted[name]
  return Array.isArray(value) ? value : value ? [value] : []
}

/** Who the form says it is. Throws `Refused` 422 without a name or an e-mail. */
export function personIn(posted: Posted): ContactFields {
  const fields: ContactFields = {}
  for (const name of ['firstName', 'lastName', 'email', 'company', 'title'] as const) {
    const value = textOf(posted, name)
    if (value) fields[name] = value
  }
  if (!fields.firstName || !fields.lastName || !fields.email)
    throw new Refused(422, 'First name, last name and email address are needed.')
  return fields
}

export const quantitiesIn = (posted: Posted, event: CventEvent) =>
  event.quantityItems.map((item) => ({
    item: item.code,
    quantity: Number(textOf(posted, `quantity-${item.code}`)) || 0,
  }))

export const guestsIn = (posted: Posted) =>
  guestRows.flatMap((row) => {
    const firstName = textOf(posted, `guest${row}FirstName`)
    const email = textOf(posted, `guest${row}Email`)
    const lastName = textOf(posted, `guest${row}LastName`)
    return firstName ? [{ firstName, lastName, ...(email ? { email } : {}) }] : []
  })

/** What the form chose. */
export function choicesIn(posted: Posted, event: CventEvent): Choices {
  const [gift] = event.donationItems
  const amount = gift ? Number(textOf(posted, `donation-${gift.code}`)) || 0 : 0
  return {
    registrationType: textOf(posted, 'registrationType'),
    admissionItem: textOf(posted, 'admissionItem'),
    sessions: textsOf(posted, 'session'),
    quantityItems: quantitiesIn(posted, event),
    ...(gift ? { donation: { item: gift.code, amount } } : {}),
    guests: guestsIn(posted),
    discountCode: textOf(posted, 'discountCode'),
    paid: textOf(posted, 'payment') !== 'invoice',
  }
}

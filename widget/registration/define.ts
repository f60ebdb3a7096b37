import { RegistrationElement } from './registration-element.ts'

// The script may be on the page twice: two content items bring one each.
if (!customElements.get('cvent-registration'))
  customElements.define('cvent-registration', RegistrationElement)

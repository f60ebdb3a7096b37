import { SettingsElement } from './settings-element.ts'

if (!customElements.get('cvent-registration-settings'))
  customElements.define('cvent-registration-settings', SettingsElement)

import { expect, test } from 'vitest'
import { en } from '../../../widget/registration/phrases/en.ts'
import { phrases as es } from '../../../widget/registration/phrases/es.ts'
import { phrases as fr } from '../../../widget/registration/phrases/fr.ts'
import { inside, shows, stage, state, text } from './stage.ts'

const REFUSALS = {
  en: 'Could not confirm registration information for iMIS ID: 101',
  fr: 'Impossible de confirmer les informations d’inscription pour l’identifiant iMIS : 101',
  es: 'No se pudo confirmar la información de inscripción para el identificador de iMIS: 101',
  de: 'Could not confirm registration information for iMIS ID: 101',
}

for (const [lang, sentence] of Object.entries(REFUSALS))
  test(`the default refusal is said in ${lang}`, async () => {
    const { place } = await stage({ answers: [{ state: state('not-eligible') }] })

    const element = place({ lang })
    await shows(element, 'not-eligible')

    expect(text(element)).toBe(sentence)
  })

for (const [lang, words] of Object.entries({ fr, es }))
  test(`every phrase exists in ${lang}, with the same places to fill in`, () => {
    const places = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort()

    for (const [name, sentence] of Object.entries(en)) {
      const theirs = Object.entries(words).find(([key]) => key === name)?.[1] ?? ''
      expect(theirs).not.toBe('')
      expect([name, places(theirs)]).toEqual([name, places(sentence)])
    }
  })

test('the page’s own language is used when the element names none, dates included', async () => {
  const zone = document.createElement('div')
  zone.lang = 'fr-CA'
  document.body.append(zone)
  const { place } = await stage({ answers: [{ state: state('full') }] })

  const element = place({ display: 'card' })
  zone.append(element)
  await shows(element, 'full')
  zone.remove()

  expect(text(element)).toContain('Cet événement est complet.')
  expect(text(element)).toContain('avril 2027')
})

test('the event’s and the account’s own phrases replace ours, filled in, as text', async () => {
  const phrases = { register: 'Book <b>{eventTitle}</b>', eligible: 'Welcome, {imisId}. {other}' }
  const { place } = await stage({ answers: [{ state: state('eligible', { phrases }) }] })

  const element = place({ display: 'card' })
  await shows(element, 'eligible')

  expect(inside(element, 'a')?.textContent).toBe('Book <b>Annual Conference 2027</b>')
  expect(text(element)).toContain('Welcome, 101. {other}')
})

test('a refusal the association wrote itself is said as written in every language', async () => {
  const message = 'Members of the Harbour section only.'
  const { place } = await stage({ answers: [{ state: state('not-eligible', { message }) }] })

  const element = place({ lang: 'es' })
  await shows(element, 'not-eligible')

  expect(text(element)).toBe(message)
})

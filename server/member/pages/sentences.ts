import Negotiator from 'negotiator'
import type { NeededDetail } from '../../../schemas/registration.ts'

/** The languages our own pages speak. */
export const LANGUAGES = ['en', 'fr', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

/** What our own pages say, by language; `{…}` is filled in by `say`. */
const SENTENCES = {
  signedIn: {
    en: ['You are signed in', 'You can close this window and go back to the page you came from.'],
    fr: ['Vous êtes connecté', 'Vous pouvez fermer cette fenêtre et revenir à la page précédente.'],
    es: ['Ha iniciado sesión', 'Puede cerrar esta ventana y volver a la página anterior.'],
  },
  guest: {
    en: ['Please sign in first', 'The site does not know who you are. Sign in, then try again.'],
    fr: [
      'Veuillez vous connecter',
      'Le site ne sait pas qui vous êtes. Connectez-vous, puis réessayez.',
    ],
    es: [
      'Inicie sesión primero',
      'El sitio no sabe quién es usted. Inicie sesión e inténtelo de nuevo.',
    ],
  },
  signOnFailed: {
    en: ['The sign-in did not work', 'Go back to the page you came from and try again.'],
    fr: ['La connexion a échoué', 'Revenez à la page précédente et réessayez.'],
    es: ['No se pudo iniciar sesión', 'Vuelva a la página anterior e inténtelo de nuevo.'],
  },
  leaving: {
    en: ['Taking you to the registration', 'If nothing happens, press Continue.'],
    fr: [
      'Vous allez être dirigé vers l’inscription',
      'Si rien ne se passe, appuyez sur Continuer.',
    ],
    es: ['Le llevamos a la inscripción', 'Si no ocurre nada, pulse Continuar.'],
  },
  confirm: {
    en: [
      'Continue as {name}?',
      'This link was not opened from the association’s own pages. The registration will be made for {name}. If that is not you, close this page.',
    ],
    fr: [
      'Continuer en tant que {name} ?',
      'Ce lien n’a pas été ouvert depuis les pages de l’association. L’inscription sera faite pour {name}. Si ce n’est pas vous, fermez cette page.',
    ],
    es: [
      '¿Continuar como {name}?',
      'Este enlace no se abrió desde las páginas de la asociación. La inscripción se hará para {name}. Si no es usted, cierre esta página.',
    ],
  },
  expired: {
    en: [
      'This link is no longer valid',
      'A registration link works for five minutes. Go back to the page you came from, reload it and press Register again.',
    ],
    fr: [
      'Ce lien n’est plus valable',
      'Un lien d’inscription fonctionne cinq minutes. Revenez à la page précédente, rechargez-la et appuyez de nouveau sur S’inscrire.',
    ],
    es: [
      'Este enlace ya no es válido',
      'Un enlace de inscripción funciona cinco minutos. Vuelva a la página anterior, recárguela y pulse Inscribirse otra vez.',
    ],
  },
  unavailable: {
    en: [
      'The registration does not answer just now',
      'Nothing is lost. Wait a moment and try again.',
    ],
    fr: [
      'L’inscription ne répond pas pour le moment',
      'Rien n’est perdu. Patientez un instant et réessayez.',
    ],
    es: [
      'La inscripción no responde en este momento',
      'No se ha perdido nada. Espere un momento e inténtelo de nuevo.',
    ],
  },
  tooMany: {
    en: ['Too many attempts', 'Wait a minute, then try again.'],
    fr: ['Trop de tentatives', 'Patientez une minute, puis réessayez.'],
    es: ['Demasiados intentos', 'Espere un minuto e inténtelo de nuevo.'],
  },
  gone: {
    en: ['This event is not open for registration here', 'Go back to the page you came from.'],
    fr: ['L’inscription à cet événement n’est pas proposée ici', 'Revenez à la page précédente.'],
    es: ['La inscripción a este evento no está disponible aquí', 'Vuelva a la página anterior.'],
  },
  disabled: {
    en: [
      'Your account is not active',
      'Your user account on this site is disabled or has expired. Please ask the association’s staff.',
    ],
    fr: [
      'Votre compte n’est pas actif',
      'Votre compte sur ce site est désactivé ou a expiré. Veuillez vous adresser à l’association.',
    ],
    es: [
      'Su cuenta no está activa',
      'Su cuenta en este sitio está desactivada o ha caducado. Diríjase a la asociación.',
    ],
  },
  notEligible: {
    en: ['You cannot register for this event', ''],
    fr: ['Vous ne pouvez pas vous inscrire à cet événement', ''],
    es: ['No puede inscribirse en este evento', ''],
  },
  detailsMissing: {
    en: ['Your record is not complete', 'Add what is missing on your profile, then try again.'],
    fr: ['Votre fiche est incomplète', 'Complétez votre profil, puis réessayez.'],
    es: ['Su ficha no está completa', 'Complete su perfil e inténtelo de nuevo.'],
  },
  registered: {
    en: ['You are registered', 'Your registration is confirmed.'],
    fr: ['Vous êtes inscrit', 'Votre inscription est confirmée.'],
    es: ['Está inscrito', 'Su inscripción está confirmada.'],
  },
  waitlisted: {
    en: ['You are on the waiting list', 'You will hear when a place is free.'],
    fr: ['Vous êtes sur la liste d’attente', 'Vous serez prévenu dès qu’une place se libère.'],
    es: ['Está en la lista de espera', 'Le avisaremos cuando haya una plaza libre.'],
  },
  pending: {
    en: ['Your registration is waiting for approval', 'You will hear when it is decided.'],
    fr: ['Votre inscription est en attente d’approbation', 'Vous serez prévenu de la décision.'],
    es: ['Su inscripción está pendiente de aprobación', 'Le avisaremos cuando se decida.'],
  },
  full: {
    en: ['This event is full', 'There is no place left.'],
    fr: ['Cet événement est complet', 'Il n’y a plus de place.'],
    es: ['Este evento está completo', 'No quedan plazas.'],
  },
  notOpen: {
    en: ['Registration is not open yet', 'Please come back later.'],
    fr: ['Les inscriptions ne sont pas encore ouvertes', 'Revenez plus tard.'],
    es: ['La inscripción aún no está abierta', 'Vuelva más adelante.'],
  },
  waiting: {
    en: [
      'Many people are registering just now',
      'You have your place in the line and keep it. This page goes on by itself when it is your turn; you need not do anything.',
    ],
    fr: [
      'Beaucoup de personnes s’inscrivent en ce moment',
      'Votre place dans la file est gardée. Cette page continue d’elle-même quand votre tour vient ; vous n’avez rien à faire.',
    ],
    es: [
      'Muchas personas se están inscribiendo ahora',
      'Tiene su lugar en la fila y lo conserva. Esta página sigue sola cuando llegue su turno; no tiene que hacer nada.',
    ],
  },
  closed: {
    en: ['Registration is closed', 'The time for registering is over.'],
    fr: ['Les inscriptions sont closes', 'Le délai d’inscription est passé.'],
    es: ['La inscripción está cerrada', 'El plazo de inscripción ha terminado.'],
  },
} satisfies Record<string, Record<Language, [title: string, text: string]>>
export type SentenceName = keyof typeof SENTENCES

const WORDS = {
  en: {
    back: 'Go back',
    again: 'Try again',
    look: 'Look now',
    go: 'Continue',
    view: 'View your registration',
    viewEvent: 'Open the event’s page',
    profile: 'Go to your profile',
    atCvent: 'Open the event’s own registration page',
  },
  fr: {
    back: 'Retour',
    again: 'Réessayer',
    look: 'Vérifier maintenant',
    go: 'Continuer',
    view: 'Voir votre inscription',
    viewEvent: 'Ouvrir la page de l’événement',
    profile: 'Ouvrir votre profil',
    atCvent: 'Ouvrir la page d’inscription de l’événement',
  },
  es: {
    back: 'Volver',
    again: 'Intentar de nuevo',
    look: 'Comprobar ahora',
    go: 'Continuar',
    view: 'Ver su inscripción',
    viewEvent: 'Abrir la página del evento',
    profile: 'Ir a su perfil',
    atCvent: 'Abrir la página de inscripción del evento',
  },
} satisfies Record<Language, Record<string, string>>

const DETAILS: Record<Language, Record<NeededDetail, string>> = {
  en: { email: 'an e-mail address', firstName: 'a first name', lastName: 'a last name' },
  fr: { email: 'une adresse e-mail', firstName: 'un prénom', lastName: 'un nom' },
  es: {
    email: 'una dirección de correo electrónico',
    firstName: 'un nombre',
    lastName: 'un apellido',
  },
}

const MISSING: Record<Language, string> = {
  en: 'We need {missing} on your record before you can register.',
  fr: 'Il nous faut {missing} dans votre fiche avant que vous puissiez vous inscrire.',
  es: 'Necesitamos {missing} en su ficha antes de que pueda inscribirse.',
}

/** What a member reads whose record lacks something; `phrase` says it in the account's or the event's own words. */
export function missingSentence(
  missing: readonly NeededDetail[],
  lang: Language,
  phrase = MISSING[lang],
): string {
  const named = missing.map((detail) => DETAILS[lang][detail])
  const list = new Intl.ListFormat(lang === 'en' ? 'en-GB' : lang).format(named)
  return phrase.replaceAll('{missing}', () => list)
}

/** Title and text of a page. */
export function sentence(name: SentenceName, lang: Language): [title: string, text: string] {
  return SENTENCES[name][lang]
}

/** The words on links and buttons. */
export function words(lang: Language) {
  return WORDS[lang]
}

/** Far longer than any browser's own list. */
const HEADER_LENGTH = 200

/** Returns the language of ours that `Accept-Language` prefers, by its quality values; English when it names none of them. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const headers = { 'accept-language': (acceptLanguage ?? '').slice(0, HEADER_LENGTH) }
  const preferred = new Negotiator({ headers }).language([...LANGUAGES])
  return LANGUAGES.find((language) => language === preferred) ?? 'en'
}

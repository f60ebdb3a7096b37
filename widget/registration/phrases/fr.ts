import type { Phrases } from './en.ts'

/** The sentences in French. */
export const phrases: Phrases = {
  register: 'S’inscrire',
  signIn: 'Se connecter pour s’inscrire',
  view: 'Voir ou modifier l’inscription',
  retry: 'Réessayer',
  about: '{action} à « {eventTitle} »',
  newWindow: '{action} (nouvelle fenêtre)',
  confirmation: 'Numéro de confirmation {confirmationNumber}',
  opens: 'Les inscriptions ouvrent le {opensAt}.',
  closes: 'Les inscriptions se terminent le {closesAt}.',
  checking: 'Vérification de votre inscription…',
  signedOut: 'Connectez-vous pour vous inscrire.',
  eligible: 'Les inscriptions sont ouvertes.',
  notEligible:
    'Impossible de confirmer les informations d’inscription pour l’identifiant iMIS : {imisId}',
  registered: 'Vous êtes inscrit(e).',
  waitlisted: 'Vous êtes sur la liste d’attente.',
  pendingApproval: 'Votre inscription est en attente d’approbation.',
  full: 'Cet événement est complet.',
  notOpen: 'Les inscriptions ne sont pas encore ouvertes.',
  closed: 'Les inscriptions sont closes.',
  failed: 'Votre inscription n’a pas pu être vérifiée.',
}

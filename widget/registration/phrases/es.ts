import type { Phrases } from './en.ts'

/** The sentences in Spanish. */
export const phrases: Phrases = {
  register: 'Inscribirse',
  signIn: 'Iniciar sesión para inscribirse',
  view: 'Ver o cambiar la inscripción',
  retry: 'Intentar de nuevo',
  about: '{action} en {eventTitle}',
  newWindow: '{action} (se abre en una ventana nueva)',
  confirmation: 'Número de confirmación {confirmationNumber}',
  opens: 'La inscripción se abre el {opensAt}.',
  closes: 'La inscripción se cierra el {closesAt}.',
  checking: 'Comprobando su inscripción…',
  signedOut: 'Inicie sesión para inscribirse.',
  eligible: 'La inscripción está abierta.',
  notEligible:
    'No se pudo confirmar la información de inscripción para el identificador de iMIS: {imisId}',
  registered: 'Su inscripción está confirmada.',
  waitlisted: 'Está en la lista de espera.',
  pendingApproval: 'Su inscripción está pendiente de aprobación.',
  full: 'Este evento está completo.',
  notOpen: 'La inscripción aún no está abierta.',
  closed: 'La inscripción está cerrada.',
  failed: 'No se pudo comprobar su inscripción.',
}

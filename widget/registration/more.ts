// What only some members need: the card, the sentences of the less common phases, signing in, and a sign-on that does not work.
// None of it imports at run time what the main script holds: the bundler would split that.
export { facts, sheet } from './card.ts'
export { valuesOf } from './values.ts'
export { others } from './phrases/others.ts'
export { signIn } from './sign-in.ts'
export { hopeless } from './sign-on-trouble.ts'

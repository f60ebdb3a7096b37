// Preloaded into a process of its own: every import of a module named in STAND_INS gets the other one, but the other's own.
import { registerHooks } from 'node:module'

const standIns = new Map(
  // Written by withStandIns().
  Object.entries(JSON.parse(process.env['STAND_INS'] ?? '{}') as Record<string, string>),
)

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    const standIn = standIns.get(resolved.url)
    if (standIn === undefined || context.parentURL === standIn) return resolved
    return next(standIn, context)
  },
})

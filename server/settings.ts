import { z } from 'zod'

const DURATION = z.coerce.number().int().positive()
const flag = z
  .enum(['', '0', '1', 'true', 'false', 'yes', 'no'])
  .transform((value) => ['1', 'true', 'yes'].includes(value))

/** The environment, in the order of `.env.example`. An empty value counts as not given. */
const Environment = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.+|(mysql|mariadb):\/\/.+)/, {
      message: 'begins with sqlite: or mysql://, for example sqlite:data/registration.db',
    })
    .default('sqlite:data/registration.db'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce
    .number({ message: 'is a whole number from 0 to 65535' })
    .int()
    .min(0)
    .max(65_535)
    .default(8080),
  PUBLIC_URL: z.url({ protocol: /^https?$/, message: 'is an http or https address' }).optional(),
  SECRET_KEY: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .refine((keys) => keys.every((key) => key.length >= 32), {
      message: 'has at least 32 characters; several keys are separated by commas, the newest first',
    })
    .optional(),
  // White space around it comes from a file or a shell; a line break inside could never be sent.
  ADMIN_TOKEN: z
    .string()
    .trim()
    .min(16, { message: 'has at least 16 characters' })
    .regex(/^[\x20-\x7e]*$/, { message: 'has visible ASCII characters only, in one line' })
    .optional(),
  ROLE: z.enum(['all', 'web', 'worker'], { message: 'is all, web or worker' }).default('all'),
  TRUST_PROXY: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, message: 'is an smtp:// or smtps:// address' })
    .optional(),
  ALLOW_LOCAL_VENDORS: flag.default(false),
  VENDOR_DEADLINE_MS: DURATION.default(10_000),
  SETTLE_MS: DURATION.default(5_000),
  LEASE_MS: DURATION.default(60_000),
  STOP_GRACE_MS: DURATION.default(8_000),
})

/** The settings as the parts use them: nothing left to parse. `secretKeys` undefined: none was given. */
export interface Settings {
  databaseUrl: string
  host: string
  port: number
  publicUrl: URL | undefined
  secretKeys: string[] | undefined
  adminToken: string | undefined
  role: 'all' | 'web' | 'worker'
  trustProxy: number | string | false
  logLevel: string
  smtpUrl: string | undefined
  allowLocalVendors: boolean
  vendorDeadlineMs: number
  settleMs: number
  leaseMs: number
  stopGraceMs: number
}

/** Wrong settings, all of them at once: named, never with the value they had. */
export class BadSettings extends Error {}

/**
 * Reads the settings from an environment.
 *
 * @throws BadSettings with one line for each setting that is wrong
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = Environment.safeParse(given)
  if (!read.success) {
    const lines = read.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`)
    throw new BadSettings([...new Set(lines)].join('\n'))
  }
  const { data } = read
  // A write to iMIS must be over, settled and looked up again before another worker may take the account.
  if (data.VENDOR_DEADLINE_MS + data.SETTLE_MS >= data.LEASE_MS)
    throw new BadSettings('LEASE_MS must be longer than VENDOR_DEADLINE_MS and SETTLE_MS together')
  return {
    databaseUrl: data.DATABASE_URL,
    host: data.HOST,
    port: data.PORT,
    publicUrl: data.PUBLIC_URL === undefined ? undefined : new URL(data.PUBLIC_URL),
    secretKeys: data.SECRET_KEY,
    adminToken: data.ADMIN_TOKEN,
    role: data.ROLE,
    trustProxy: readTrust(data.TRUST_PROXY),
    logLevel: data.LOG_LEVEL,
    smtpUrl: data.SMTP_URL,
    allowLocalVendors: data.ALLOW_LOCAL_VENDORS,
    vendorDeadlineMs: data.VENDOR_DEADLINE_MS,
    settleMs: data.SETTLE_MS,
    leaseMs: data.LEASE_MS,
    stopGraceMs: data.STOP_GRACE_MS,
  }
}

/** A number of hops, or a list of addresses; `true` would trust everybody and is refused. */
function readTrust(text: string | undefined): number | string | false {
  if (text === undefined || text === '0' || text === 'false') return false
  if (/^\d+$/.test(text)) return Number(text)
  if (!/^[0-9a-fA-F.:/, ]+$/.test(text) && !/^(loopback|linklocal|uniquelocal)$/.test(text))
    throw new BadSettings(
      'TRUST_PROXY is a number of proxies in front, or a list of their addresses',
    )
  return text
}

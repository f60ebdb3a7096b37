/** Error for what could not be opened or is set up wrongly: a sentence for the operator; the address is named without its password. */
export class CannotOpen extends Error {}

/**
 * Error for a database that could not be used in time: no connection, no place in the pool, no answer. Its `cause` is the
 * driver's error, when there was one. A statement that was under way may have been carried out all the same.
 */
export class DatabaseUnavailable extends Error {}

/** The codes that drivers put on their errors: as text (mysql2, Node) or as number (mysql2's `errno`, node:sqlite's `errcode`). */
interface DriverError {
  code?: unknown
  errno?: unknown
  errcode?: unknown
  fatal?: unknown
}

function driverError(error: unknown): DriverError {
  return typeof error === 'object' && error !== null ? error : {}
}

/** Node's and mysql2's codes for a connection that could not be made or broke. */
const NETWORK =
  /^(ECONN|ETIMEDOUT|ENOTFOUND|EPIPE|EHOST|ENET|EAI_|EADDRNOTAVAIL|EMFILE|ENFILE|PROTOCOL_)/

/** The transaction lost against another one: Galera's certification, deadlock, lock wait, MariaDB's snapshot conflict. */
const LOST_RACE = new Set([1020, 1205, 1213])

/** The node takes no writes: read-only after a failover, or, in a Galera cluster, not part of the primary component. */
const NOT_WRITABLE = new Set([1047, 1290, 1792, 1836])

/** The server, not the statement, is the trouble. */
const SERVER_TROUBLE = new Set([
  1021, // disk full
  1040, // too many connections
  1041, // out of memory
  1114, // table full, also of a full disk
  1135, // cannot create a thread
  1180, // error during commit: also what Galera says when the node lost the cluster meanwhile
  1203, // too many connections of this user
  1226, // a quota of this user is used up
  1317, // query interrupted
  1969, // max_statement_time exceeded
  3024, // max_execution_time exceeded
])

/** The server ended the connection: it shuts down, somebody killed it, or it was idle for too long. */
const CONNECTION_ENDED = new Set([1053, 1927, 4031])

/** SQLite's primary codes for the file rather than the statement: read-only, I/O, full, cannot open. */
const FILE_TROUBLE = new Set([8, 10, 13, 14])

/** SQLite's primary codes for a lock that another connection holds. */
const LOCKED = new Set([5, 6])

/** True when a unique key refused the row, on either database. */
export function isDuplicateKey(error: unknown): boolean {
  const { errno, errcode } = driverError(error)
  return errno === 1062 || errcode === 1555 || errcode === 2067
}

/** True when the transaction lost against another one and may be tried again as a whole: deadlock, lock wait, SQLite busy. */
export function isRetryable(error: unknown): boolean {
  const { errno, errcode } = driverError(error)
  return (
    (typeof errno === 'number' && LOST_RACE.has(errno)) ||
    (typeof errcode === 'number' && LOCKED.has(errcode & 0xff))
  )
}

/** True when the node refuses writes, so that every connection to it is of no use. */
export function isNotWritable(error: unknown): boolean {
  const { errno } = driverError(error)
  return typeof errno === 'number' && NOT_WRITABLE.has(errno)
}

/** True when the value is larger than `max_allowed_packet`, which is for the operator to raise. */
export function isTooLargeForServer(error: unknown): boolean {
  const { errno, code } = driverError(error)
  return errno === 1153 || code === 'ER_NET_PACKET_TOO_LARGE'
}

/**
 * True when nothing more can be asked of the MySQL connection that the driver's error came from. Some of these errors have
 * no code at all, so the driver's own mark counts first.
 */
export function isFatal(error: unknown): boolean {
  const { code, fatal, errno } = driverError(error)
  return (
    fatal === true ||
    isNotWritable(error) ||
    (typeof code === 'string' && NETWORK.test(code)) ||
    (typeof errno === 'number' && CONNECTION_ENDED.has(errno))
  )
}

/** True when no statement would do better: the connection is gone, the disk is full, the server shuts down or takes no writes. */
export function isDown(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true
  const { errcode, errno } = driverError(error)
  return (
    (typeof errcode === 'number' && FILE_TROUBLE.has(errcode & 0xff)) ||
    (typeof errno === 'number' && SERVER_TROUBLE.has(errno))
  )
}

/**
 * True when the database, not the statement, is the trouble: the connection is gone, the disk is full, the server shuts
 * down, or the statement lost a race. The same statement does better later.
 */
export function isStoreTrouble(error: unknown): boolean {
  return isRetryable(error) || isDown(error)
}

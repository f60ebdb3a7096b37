import { sql, type ColumnDataType, type Kysely, type RawBuilder } from 'kysely'

type Column = [name: string, type: string, nullable?: 'null' | 'not null']

/** The first version of every table. Neither database rolls back DDL, so each statement may be repeated. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isMysql = db.getExecutor().adapter.constructor.name === 'MysqlAdapter'

  function type(name: string): ColumnDataType | RawBuilder<unknown> {
    if (name === 'long') return isMysql ? sql`longtext` : 'text'
    if (name === 'blob') return isMysql ? sql`longblob` : 'blob'
    if (name === 'moment' || name === 'number') return 'bigint'
    if (name === 'flag') return isMysql ? sql`tinyint` : 'integer'
    return sql.raw(name)
  }

  async function table(
    name: string,
    columns: Column[],
    key: string[],
    unique: Record<string, string[]> = {},
    indexes: Record<string, string[]> = {},
  ) {
    let create = db.schema.createTable(name).ifNotExists()
    for (const [column, kind, nullable] of columns)
      create = create.addColumn(column, type(kind), (c) => {
        const shaped = nullable === 'null' ? c : c.notNull()
        return kind === 'flag' || ['attempt', 'reconcileAttempt', 'parts'].includes(column)
          ? shaped.defaultTo(0)
          : shaped
      })
    create = create.addPrimaryKeyConstraint(`${name}_pk`, key as never)
    for (const [constraint, of] of Object.entries(unique))
      create = create.addUniqueConstraint(constraint, of as never)
    // Binary collation: keys are compared letter by letter on MySQL, as they are on SQLite.
    if (isMysql) create = create.modifyEnd(sql`character set utf8mb4 collate utf8mb4_bin`)
    await create.execute()
    for (const [index, of] of Object.entries(indexes)) {
      const build = db.schema.createIndex(index).on(name).columns(of)
      // MySQL has no "create index if not exists"; a repeated run meets 1061, the duplicate key name.
      if (isMysql)
        await build.execute().catch((error: unknown) => {
          if ((error as { errno?: number }).errno !== 1061) throw error
        })
      else await build.ifNotExists().execute()
    }
  }

  await table(
    'account',
    [
      ['account', 'varchar(40)'],
      ['document', 'long'],
      ['secrets', 'long'],
      ['version', 'number'],
      ['imisSince', 'moment', 'null'],
      ['createdAt', 'moment'],
      ['updatedAt', 'moment'],
    ],
    ['account'],
  )
  await table(
    'setaside',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['what', 'varchar(10)'],
      ['address', 'varchar(2100)'],
      ['actor', 'varchar(200)'],
      ['at', 'moment'],
    ],
    ['id'],
    {},
    { setaside_account: ['account', 'id'] },
  )
  await table(
    'removedaccount',
    [
      ['account', 'varchar(40)'],
      ['name', 'varchar(200)'],
      ['removedBy', 'varchar(200)'],
      ['removedAt', 'moment'],
      ['eraseAt', 'moment'],
      ['erasedAt', 'moment', 'null'],
    ],
    ['account'],
  )
  await table(
    'event',
    [
      ['account', 'varchar(40)'],
      ['eventCode', 'varchar(40)'],
      ['meetingCode', 'varchar(10)'],
      ['enabled', 'flag'],
      ['document', 'long'],
      ['version', 'number'],
      ['eventStub', 'varchar(40)', 'null'],
      ['snapshot', 'long', 'null'],
      ['snapshotAt', 'moment', 'null'],
      ['reconciledTo', 'moment', 'null'],
      ['reconcileCursor', 'long', 'null'],
      ['reconcileUnread', 'varchar(100)', 'null'],
      ['reconcileDueAt', 'moment'],
      ['reconciledAt', 'moment', 'null'],
      ['reconcileAttempt', 'number'],
      ['reconcileReason', 'varchar(500)', 'null'],
      ['orphansCheckedAt', 'moment', 'null'],
      ['isTouched', 'flag'],
      ['settingsHash', 'char(64)', 'null'],
      ['rewriteDueAt', 'moment', 'null'],
      ['rewriteAfter', 'varchar(36)', 'null'],
      ['lastMessageAt', 'moment', 'null'],
      ['createdAt', 'moment'],
      ['updatedAt', 'moment'],
    ],
    ['account', 'eventCode'],
    { event_meeting: ['account', 'meetingCode'] },
    {
      event_stub: ['account', 'eventStub'],
      event_due: ['account', 'reconcileDueAt'],
      event_rewrite: ['account', 'rewriteDueAt'],
    },
  )
  await table(
    'unknownevent',
    [
      ['account', 'varchar(40)'],
      ['eventStub', 'varchar(40)'],
      ['eventCode', 'varchar(40)', 'null'],
      ['title', 'varchar(300)', 'null'],
      ['messageCount', 'number'],
      ['firstSeenAt', 'moment'],
      ['lastSeenAt', 'moment'],
      ['isIgnored', 'flag'],
    ],
    ['account', 'eventStub'],
  )
  await table(
    'message',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['dedupeKey', 'char(43)'],
      ['messageStub', 'varchar(100)', 'null'],
      ['path', 'varchar(500)'],
      ['contentType', 'varchar(200)', 'null'],
      ['contentEncoding', 'varchar(100)', 'null'],
      ['encoding', 'varchar(10)'],
      ['body', 'blob'],
      ['parts', 'number'],
      ['bytes', 'number'],
      ['requestId', 'varchar(100)'],
      ['receivedAt', 'moment'],
      ['state', 'varchar(12)'],
      ['attempt', 'number'],
      ['dueAt', 'moment'],
      ['reason', 'varchar(500)', 'null'],
      ['eventType', 'varchar(100)', 'null'],
      ['messageTime', 'varchar(40)', 'null'],
      ['itemCount', 'number', 'null'],
      ['skippedCount', 'number', 'null'],
      ['unpackedAt', 'moment', 'null'],
      ['dismissedAt', 'moment', 'null'],
    ],
    ['id'],
    { message_once: ['account', 'dedupeKey'] },
    {
      message_due: ['account', 'state', 'dueAt'],
      message_received: ['account', 'receivedAt'],
      message_state: ['account', 'state', 'id'],
    },
  )
  await table(
    'messagepart',
    [
      ['messageId', 'char(36)'],
      ['part', 'number'],
      ['body', 'blob'],
    ],
    ['messageId', 'part'],
  )
  await table(
    'registration',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['attendeeId', 'varchar(40)'],
      ['eventStub', 'varchar(40)', 'null'],
      ['eventCode', 'varchar(40)', 'null'],
      ['contactStub', 'varchar(40)', 'null'],
      ['primaryId', 'varchar(40)', 'null'],
      ['partyId', 'varchar(20)', 'null'],
      ['matchedBy', 'varchar(12)', 'null'],
      ['status', 'varchar(40)', 'null'],
      ['confirmationNumber', 'varchar(40)', 'null'],
      ['firstName', 'varchar(100)', 'null'],
      ['lastName', 'varchar(100)', 'null'],
      ['email', 'varchar(254)', 'null'],
      ['searchText', 'varchar(600)', 'null'],
      ['isGuest', 'flag'],
      ['isTest', 'flag'],
      ['isEventRead', 'flag'],
      ['replacedBy', 'varchar(40)', 'null'],
      ['replacedAt', 'moment', 'null'],
      ['snapshot', 'long', 'null'],
      ['candidates', 'long', 'null'],
      ['wantedVersion', 'number'],
      ['syncedVersion', 'number'],
      ['state', 'varchar(12)'],
      ['attempt', 'number'],
      ['dueAt', 'moment'],
      ['reason', 'varchar(500)', 'null'],
      ['registeredAt', 'moment', 'null'],
      ['modifiedAt', 'moment', 'null'],
      ['readAt', 'moment', 'null'],
      ['syncedAt', 'moment', 'null'],
      ['createdAt', 'moment'],
      ['updatedAt', 'moment'],
    ],
    ['id'],
    { registration_attendee: ['account', 'attendeeId'] },
    {
      registration_due: ['account', 'state', 'dueAt'],
      registration_party: ['account', 'partyId', 'id'],
      registration_event: ['account', 'eventCode', 'id'],
      registration_stub: ['account', 'eventStub', 'id', 'state'],
      registration_contact: ['account', 'contactStub'],
      registration_list: ['account', 'id'],
      registration_state: ['account', 'state', 'id'],
      registration_confirmation: ['account', 'confirmationNumber'],
      registration_email: ['account', 'email'],
      registration_name: ['account', 'lastName', 'firstName'],
      registration_primary: ['account', 'primaryId'],
      registration_replaced: ['account', 'replacedBy'],
      registration_counts: ['account', 'eventCode', 'state', 'id'],
      registration_status: ['account', 'status', 'id'],
      registration_accepted: ['account', 'eventCode', 'status', 'id'],
      registration_registered: ['account', 'registeredAt'],
      registration_search: ['account', 'id', 'searchText'],
    },
  )
  await table(
    'assignment',
    [
      ['account', 'varchar(40)'],
      ['contactStub', 'varchar(40)'],
      ['partyId', 'varchar(20)'],
      ['lastName', 'varchar(100)', 'null'],
      ['assignedBy', 'varchar(200)'],
      ['assignedAt', 'moment'],
    ],
    ['account', 'contactStub'],
  )
  await table(
    'ledger',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['registrationId', 'char(36)'],
      ['ledgerKey', 'varchar(150)'],
      ['kind', 'varchar(20)'],
      ['partyId', 'varchar(20)'],
      ['attendeeId', 'varchar(40)'],
      ['itemId', 'varchar(80)', 'null'],
      ['contactStub', 'varchar(40)', 'null'],
      ['standing', 'varchar(12)'],
      ['activityType', 'varchar(10)'],
      ['productCode', 'varchar(31)'],
      ['state', 'varchar(10)'],
      ['seqn', 'varchar(20)', 'null'],
      ['properties', 'long', 'null'],
      ['hash', 'char(64)', 'null'],
      ['intendedHash', 'char(64)', 'null'],
      ['intendedAt', 'moment'],
      ['triedSince', 'moment', 'null'],
      ['writtenAt', 'moment', 'null'],
      ['missingAt', 'moment', 'null'],
    ],
    ['id'],
    { ledger_once: ['account', 'ledgerKey'] },
    {
      ledger_registration: ['registrationId'],
      ledger_attendee: ['account', 'attendeeId'],
      ledger_state: ['account', 'state'],
      ledger_seqn: ['account', 'seqn'],
      ledger_item: ['account', 'itemId', 'id'],
    },
  )
  await table(
    'lease',
    [
      ['name', 'varchar(60)'],
      ['owner', 'varchar(60)'],
      ['fence', 'number'],
      ['leaseUntil', 'moment'],
    ],
    ['name'],
  )
  await table(
    'callquota',
    [
      ['account', 'varchar(40)'],
      ['vendor', 'varchar(10)'],
      ['day', 'char(10)'],
      ['used', 'number'],
      ['refused', 'number'],
      ['bucketMilli', 'number'],
      ['bucketAt', 'moment'],
      ['perSecond', 'number', 'null'],
      ['perDay', 'number', 'null'],
      ['goneUntil', 'moment', 'null'],
      ['lineAt', 'moment', 'null'],
    ],
    ['account', 'vendor', 'day'],
  )
  await table(
    'partycontact',
    [
      ['account', 'varchar(40)'],
      ['partyId', 'varchar(20)'],
      ['eventCode', 'varchar(40)', 'null'],
      ['digest', 'char(43)', 'null'],
      ['contactStub', 'varchar(40)', 'null'],
      ['broughtAt', 'moment', 'null'],
      ['day', 'varchar(10)'],
      ['calls', 'number'],
      ['dueAt', 'moment', 'null'],
      ['attempt', 'number'],
    ],
    ['account', 'partyId'],
    {},
    { partycontact_due: ['account', 'dueAt'], partycontact_day: ['account', 'day'] },
  )
  await table(
    'handoffplace',
    [
      ['account', 'varchar(40)'],
      ['partyId', 'varchar(20)'],
      ['eventCode', 'varchar(40)'],
      ['since', 'moment'],
      ['turnAt', 'moment'],
    ],
    ['account', 'partyId', 'eventCode'],
    {},
    { handoffplace_turn: ['turnAt'] },
  )
  await table(
    'eventread',
    [
      ['account', 'varchar(40)'],
      ['eventCode', 'varchar(40)'],
      ['attempt', 'number'],
      ['retryAt', 'moment'],
    ],
    ['account', 'eventCode'],
  )
  await table(
    'circuitbreaker',
    [
      ['account', 'varchar(40)'],
      ['vendor', 'varchar(10)'],
      ['failures', 'number'],
      ['openUntil', 'moment'],
      ['reason', 'varchar(500)', 'null'],
      ['updatedAt', 'moment'],
    ],
    ['account', 'vendor'],
  )
  await table(
    'usedtoken',
    [
      ['digest', 'char(64)'],
      ['usedAt', 'moment'],
      ['forgetAt', 'moment'],
    ],
    ['digest'],
    {},
    { spent_forget: ['forgetAt'] },
  )
  await table(
    'failure',
    [
      ['digest', 'char(43)'],
      ['times', 'number'],
      ['countedUntil', 'moment'],
    ],
    ['digest'],
    {},
    { failure_until: ['countedUntil'] },
  )
  await table(
    'lastseen',
    [
      ['account', 'varchar(40)'],
      ['what', 'varchar(60)'],
      ['firstAt', 'moment'],
      ['lastAt', 'moment'],
      ['times', 'number'],
    ],
    ['account', 'what'],
  )
  await table(
    'log',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['at', 'moment'],
      ['kind', 'varchar(20)'],
      ['level', 'varchar(10)'],
      ['code', 'varchar(60)'],
      ['text', 'varchar(1000)'],
      ['trace', 'varchar(100)'],
      ['eventCode', 'varchar(40)', 'null'],
      ['partyId', 'varchar(20)', 'null'],
      ['registrationId', 'char(36)', 'null'],
      ['messageId', 'char(36)', 'null'],
      ['durationMs', 'number', 'null'],
      ['detail', 'long', 'null'],
      ['dismissedAt', 'moment', 'null'],
    ],
    ['id'],
    {},
    {
      log_list: ['account', 'id'],
      log_kind: ['account', 'kind', 'id'],
      log_level: ['account', 'level', 'id'],
      log_registration: ['registrationId', 'id'],
      log_message: ['messageId', 'id'],
      log_party: ['account', 'partyId', 'id'],
      log_trace: ['account', 'trace'],
      log_event: ['account', 'eventCode', 'id'],
      log_at: ['account', 'at'],
    },
  )
  await table(
    'audit',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['at', 'moment'],
      ['actor', 'varchar(200)'],
      ['action', 'varchar(60)'],
      ['target', 'varchar(200)'],
      ['before', 'long', 'null'],
      ['after', 'long', 'null'],
      ['requestId', 'varchar(100)'],
    ],
    ['id'],
    {},
    { audit_list: ['account', 'id'] },
  )
  await table(
    'apikey',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['name', 'varchar(100)'],
      ['hash', 'char(64)'],
      ['role', 'varchar(10)'],
      ['createdBy', 'varchar(200)'],
      ['createdAt', 'moment'],
      ['expiresAt', 'moment', 'null'],
      ['revokedAt', 'moment', 'null'],
      ['lastUsedAt', 'moment', 'null'],
    ],
    ['id'],
    { apikey_hash: ['hash'] },
    { apikey_account: ['account', 'id'] },
  )
  await table(
    'staff',
    [
      ['account', 'varchar(40)'],
      ['partyId', 'varchar(20)'],
      ['name', 'varchar(200)'],
      ['role', 'varchar(10)'],
      ['createdAt', 'moment'],
    ],
    ['account', 'partyId'],
  )
  await table(
    'run',
    [
      ['id', 'char(36)'],
      ['account', 'varchar(40)'],
      ['kind', 'varchar(20)'],
      ['target', 'varchar(200)', 'null'],
      ['state', 'varchar(12)'],
      ['plan', 'long', 'null'],
      ['result', 'long', 'null'],
      ['done', 'number'],
      ['total', 'number'],
      ['startedBy', 'varchar(200)'],
      ['createdAt', 'moment'],
      ['updatedAt', 'moment'],
    ],
    ['id'],
    {},
    { run_list: ['account', 'id'], run_state: ['account', 'state', 'kind'] },
  )
}

import { Fault, isPassing } from '../errors.ts'
import { executeRequest } from './contracts.ts'
import type { DocumentEntry, Imis } from './imis.ts'
import type { Rest, Turn } from './rest.ts'
import { DocumentData, listItems } from './wire.ts'

const SERVICE = 'DocumentSummary'
const FOLDER = 'FOL'
const QUERY = 'IQD'

/** The document system, for the picker of IQAs. @see https://github.com/Advsol/DataMigrationService (Asi.Contracts) */
export function documents(deps: { rest: Rest; edition: 'ems' | '2017' }): Pick<Imis, 'folder'> {
  const { rest, edition } = deps

  async function listFolder(turn: Turn, idOrPath: string) {
    const request = executeRequest(SERVICE, 'FindDocumentsInFolder', [
      idOrPath,
      [FOLDER, QUERY],
      true,
    ])
    try {
      const result = await rest.find(turn, SERVICE, request)
      return listItems(result).flatMap((item) => DocumentData.safeParse(item).data ?? [])
    } catch (error) {
      // An argument of the other kind (a path for an id) may be refused; then the caller tries the other one.
      if (error instanceof Fault && !isPassing(error)) return []
      throw error
    }
  }

  return {
    async folder(path, options) {
      if (edition === '2017')
        throw new Fault('NOT_FOUND', 'iMIS 2017 does not let its folders be read; type the path', {
          vendor: 'imis',
        })
      const turn = rest.begin(options)
      const trimmed = path.replace(/\/+$/, '') || '$'
      const found = await rest.find(turn, SERVICE, executeRequest(SERVICE, 'FindByPath', [trimmed]))
      const id = DocumentData.safeParse(found).data?.DocumentId
      // Outside clients hand in the folder's id, ASI's own tool (DocumentSelector of DataMigrationService) its path: id
      // first, then the path.
      const byId = id === undefined ? [] : await listFolder(turn, id)
      const listed =
        byId.length > 0 ? byId : await listFolder(turn, trimmed === '$' ? '$/' : trimmed)
      if (listed.length === 0 && found === null && trimmed !== '$')
        throw new Fault('NOT_FOUND', 'iMIS has no folder at that path', { vendor: 'imis' })
      return listed
        .flatMap((document): DocumentEntry[] => {
          const { DocumentTypeId, IsFolder, IsSystem, Name, Path } = document
          const kind =
            IsFolder || DocumentTypeId === FOLDER
              ? 'folder'
              : DocumentTypeId === QUERY
                ? 'query'
                : 'other'
          if (IsSystem && kind !== 'folder') return []
          const name = Name ?? Path?.slice(Path.lastIndexOf('/') + 1)
          return name === undefined ? [] : [{ name, kind, path: Path ?? `${trimmed}/${name}` }]
        })
        .sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name))
    },
  }
}

function order({ kind }: DocumentEntry) {
  return ['folder', 'query', 'other'].indexOf(kind)
}

import type { FastifyInstance } from 'fastify'
import { ExecuteRequest, readBody } from './bodies.ts'
import { matchParty, needStaff } from './caller.ts'
import { readAsked } from './criteria.ts'
import type { Document } from './state.ts'
import {
  collection,
  core,
  paged,
  readPage,
  Refusal,
  serviceResponse,
  updateInformation,
  withoutDefaults,
} from './wire.ts'
import type { World } from './world.ts'

/** `DocumentSummary`: how a picker walks the folders of IQAs. Staff only. */
export function registerDocuments(app: FastifyInstance, world: World) {
  const { state } = world
  const write = (document: Document) => documentSummary(world, document)

  app.post('/api/DocumentSummary/_execute', (request) => {
    needStaff(matchParty(world, request), 'read documents')
    const { OperationName, Parameters } = readBody(ExecuteRequest, request.body)
    const [first, types, publishedOnly] = Parameters.$values
    const all = allDocuments(world)
    const { edition } = state.settings
    switch (OperationName.toLowerCase()) {
      case 'findbypath': {
        const found = findDocument(all, String(first))
        return serviceResponse(edition, core('DocumentSummaryData'), found ? write(found) : null)
      }
      case 'findbyversionid': {
        const found = all.find(({ documentVersionId }) => documentVersionId === first)
        return serviceResponse(edition, core('DocumentSummaryData'), found ? write(found) : null)
      }
      case 'finddocumentsinfolder': {
        const folder = findDocument(all, String(first))
        const wanted = Array.isArray(types) ? types : []
        const found = all.filter(
          (document) =>
            folder !== undefined &&
            parentOf(document.path) === folder.path &&
            (wanted.length === 0 || wanted.includes(document.documentTypeId)) &&
            (publishedOnly !== true || document.status === 'Published'),
        )
        const list = `System.Collections.Generic.IList\`1[[${core('DocumentSummaryData')}]], mscorlib`
        return serviceResponse(
          edition,
          list,
          collection(core('DocumentSummaryDataCollection'), found.map(write)),
        )
      }
      default:
        throw new Refusal(501, 'Operation not implemented')
    }
  })

  app.get('/api/DocumentSummary', (request) => {
    needStaff(matchParty(world, request), 'read documents')
    const asked = readAsked(request.url)
    const type = asked.one('DocumentTypeId')?.replace(/^eq:/, '')
    const found = allDocuments(world).filter(
      ({ documentTypeId }) => type === undefined || documentTypeId === type,
    )
    const page = readPage(asked.one('limit'), asked.one('offset'))
    return paged(found, page, core('DocumentSummaryData'), write)
  })

  app.get<{ Params: { id: string } }>('/api/DocumentSummary/:id', (request) => {
    needStaff(matchParty(world, request), 'read documents')
    const found = allDocuments(world).find(({ documentId }) => documentId === request.params.id)
    if (!found) throw new Refusal(404, '')
    return write(found)
  })
}

/** The documents and the queries together. */
function allDocuments({ state }: World): Document[] {
  const queries = state.queries.map(
    ({ documentId, documentVersionKey, path, description }): Document => ({
      documentId,
      documentVersionId: documentVersionKey,
      documentTypeId: 'IQD',
      path,
      description,
      status: 'Published',
      isSystem: false,
    }),
  )
  return [...state.documents, ...queries]
}

/** A document by its id or its path; `$/` is the root as `$` is. */
function findDocument(all: Document[], key: string) {
  const path = key === '$/' ? '$' : key
  return all.find(
    (document) => document.documentId === key || document.path.toLowerCase() === path.toLowerCase(),
  )
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')))

const documentSummary = (world: World, document: Document) =>
  withoutDefaults({
    $type: core('DocumentSummaryData'),
    Description: document.description,
    DocumentId: document.documentId,
    DocumentVersionId: document.documentVersionId,
    DocumentTypeId: document.documentTypeId,
    Name: document.path.slice(document.path.lastIndexOf('/') + 1),
    Path: document.path,
    Status: document.status,
    IsSystem: document.isSystem,
    IsFolder: document.documentTypeId === 'FOL',
    UpdateInfo: updateInformation(world.siteTime(), world.siteTime()),
  })

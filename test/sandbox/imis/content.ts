import type { FastifyInstance } from 'fastify'
import { matchParty } from './caller.ts'
import { readAsked } from './criteria.ts'
import type { ContentItem } from './state.ts'
import { core, paged, readPage, Refusal } from './wire.ts'
import type { World } from './world.ts'

/** The settings of an iPart, readable by everybody who sees the page: `ContentItem` on EMS, `ContentTypeSettings` on 2017. */
export function registerContent(app: FastifyInstance, world: World) {
  const { state } = world
  for (const [path, edition] of [
    ['/api/ContentItem', 'ems'],
    ['/api/ContentTypeSettings', '2017'],
  ] as const)
    app.get(path, (request) => {
      if (state.settings.edition !== edition) throw new Refusal(404, '')
      matchParty(world, request)
      const asked = readAsked(request.url)
      const found = state.contentItems.filter(
        ({ contentKey, contentItemKey }) =>
          contentKey === asked.one('contentKey') && contentItemKey === asked.one('contentItemKey'),
      )
      const page = readPage(asked.one('limit'), asked.one('offset'))
      return paged(found, page, core('ContentItemData'), (item) => contentItemData(world, item))
    })
}

function contentItemData({ state }: World, item: ContentItem) {
  const asObject = state.settings.contentSettings === 'object'
  const settings: unknown = asObject ? JSON.parse(item.settings || '{}') : item.settings
  return {
    $type: core('ContentItemData'),
    Data: {
      $type: 'Asi.Web.iParts.ClientSideContentItem, Asi.Web.iParts',
      ContentKey: item.contentKey,
      ContentTypeKey: item.contentTypeKey,
      ContentItemKey: item.contentItemKey,
      ContentItemName: item.name,
      ShowTitleFlag: false,
      PartTitle: '',
      ShowBorder: false,
      Collapsible: false,
      Collapsed: false,
      DoNotRenderInDesignMode: false,
      CssClass: '',
      LayoutZone: 1,
      SortOrder: 0,
      Settings: settings,
    },
  }
}

import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { query, type Kind } from '../kind'

type Unit = Schemas['UnitRow']
type Past = Schemas['UnitPast']
const KINDS = ['city', 'district', 'street', 'town', 'zone', 'neighbourhood', 'village', 'grid_station', 'department', 'agency', 'third_party', 'other']

export const units: Kind = {
  name: 'units',
  group: 'units',
  filters: [{ key: 'search', type: 'text' }],
  list: async (asked, after) => {
    const rows = await ask<Unit[]>(query('/api/units', { search: asked['search'], after, limit: '200' }))
    return { rows, next: rows.length === 200 ? rows.at(-1)!.code : null }
  },
  below: (u: Unit) => ask<Unit[]>(query('/api/units', { parent: u.id, limit: '500' })),
  hasBelow: (u: Unit) => u.children > 0,
  idOf: (u: Unit) => u.id,
  columns: [
    { key: 'name', show: (u: Unit) => u.name, wide: 3 },
    { key: 'code', show: (u: Unit) => u.code, mono: true, wide: 1.6 },
    { key: 'unit_kind', show: (u: Unit, say) => say.t(`reference.unit_${u.kind}`) },
    { key: 'short', show: (u: Unit) => u.short_name, wide: 1.3 },
    { key: 'below', show: (u: Unit) => (u.children ? String(u.children) : '') },
  ],
  parts: async (u: Unit) => [{ key: 'past', rows: await ask<Past[]>(`/api/units/${u.id}/past`), columns: [
    { key: 'name', show: (p: Past) => p.name }, { key: 'valid', show: (p: Past, say) => `${say.day(p.since)} – ${say.day(p.until)}` }, { key: 'why', show: (p: Past, say) => say.t(`reference.why_${p.why}`) },
  ] }],
  rowActs: [
    {
      key: 'openUnit', path: '/api/units',
      fields: [
        { key: 'name', type: 'text' }, { key: 'unit_code', type: 'text' }, { key: 'unit_kind', type: 'choice', first: () => 'department', choices: (say) => KINDS.map((value) => ({ value, say: say.t(`reference.unit_${value}`) })) },
        { key: 'level', type: 'number', first: (u: Unit | null) => Math.min((u?.level ?? 1) + 1, 5) }, { key: 'short', type: 'text', optional: true },
      ],
      command: (v, u: Unit) => ({ code: v['unit_code'], name: v['name'], kind: v['unit_kind'], parent_id: u.id, level: Number(v['level']), short_name: v['short'] || null }),
    },
    { key: 'renameUnit', path: '/api/units/rename', fields: [{ key: 'name', type: 'text', first: (u: Unit | null) => u?.name }, { key: 'short', type: 'text', optional: true, first: (u: Unit | null) => u?.short_name }], command: (v, u: Unit) => ({ unit_id: u.id, name: v['name'], short_name: v['short'] || null }) },
    { key: 'moveUnit', path: '/api/units/move', grave: true, fields: [{ key: 'parent', type: 'unit' }], command: (v, u: Unit) => ({ unit_id: u.id, parent_id: v['parent'] }) },
    { key: 'mergeUnit', path: '/api/units/merge', grave: true, fields: [{ key: 'into', type: 'unit' }], command: (v, u: Unit) => ({ unit_ids: [u.id], into_id: v['into'] }) },
  ],
}

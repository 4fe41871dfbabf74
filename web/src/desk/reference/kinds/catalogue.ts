import { ask } from '@/api/client'
import type { Answer, Schemas } from '@/api/types'
import { bring, codeOf, exportsOf, query, type Filter, type Kind, type Part } from '../kind'
import { badOnes } from '../../shell/told'

type Matter = Schemas['Matter']
type Condition = Schemas['Condition']
type Successor = Schemas['Successor']

const filters: Filter[] = [
  { key: 'q', type: 'text' },
  { key: 'scheme', type: 'choice', choices: async () => (await ask<Answer<'/api/catalogue/schemes'>>('/api/catalogue/schemes')).map((s) => ({ value: s.id, say: `${s.name} ${s.version}` })) },
  { key: 'kind', type: 'choice', choices: (say) => ['component', 'matter'].map((value) => ({ value, say: say.t(`reference.matter_${value}`) })) },
]
export const matters: Kind = {
  name: 'matters',
  group: 'catalogue',
  filters,
  list: async (asked, after) => {
    const page = await ask<Answer<'/api/catalogue/matters'>>(query('/api/catalogue/matters', { ...asked, limit: '100', cursor: after }))
    return { rows: page.items, next: page.next ?? null }
  },
  idOf: (m: Matter) => `${m.scheme} ${m.kind} ${m.code}`,
  columns: [
    { key: 'name', show: (m: Matter, say) => (say.locale === 'zh' ? m.name : m.english || m.name), wide: 2 },
    { key: 'code', show: (m: Matter) => m.code, mono: true },
    { key: 'matter_kind', show: (m: Matter, say) => say.t(`reference.matter_${m.kind}`) },
    { key: 'major', show: (m: Matter) => m.major, wide: 1.5 },
    { key: 'scheme', show: (m: Matter) => m.scheme, wide: 1.5 },
    { key: 'source', show: (m: Matter) => `${m.source} · ${m.status}`, wide: 1.5 },
  ],
  parts: async (m: Matter) => {
    const view = await ask<Schemas['MatterView']>(`/api/catalogue/matters/${m.scheme}/${m.code}?kind=${m.kind}`)
    const went = (key: string, rows: Successor[], from: boolean): Part[] => (rows.length ? [{ key, rows, columns: [
      { key: 'code', show: (s: Successor) => (from ? `${s.from_scheme} ${s.from_code}` : `${s.to_scheme} ${s.to_code ?? '—'}`) }, { key: 'note', show: (s: Successor) => s.note },
    ] }] : [])
    return [
      { key: 'conditions', rows: view.conditions, columns: [
        { key: 'condition', show: (c: Condition) => c.text },
        { key: 'limit', show: (c: Condition) => c.limit_text },
        { key: 'close', show: (c: Condition) => c.close_condition },
        { key: 'seasonal', show: (c: Condition) => c.seasonal ?? '' },
        { key: 'source', show: (c: Condition) => `${c.source} · ${c.status}` },
        { key: 'retired', show: (c: Condition, say) => (c.retired_at ? say.day(c.retired_at) : ''), tone: () => 'late' },
      ] },
      ...went('predecessors', view.predecessors, true), ...went('successors', view.successors, false),
    ]
  },
  acts: [bring('/api/catalogue/matters/import', 'matters')],
  exports: (asked) => exportsOf('/api/catalogue/matters/export', asked),
}

type Rule = Schemas['ConditionRow']
/** The filing conditions in force: an import gives each class that it names those of the file, and no others. */
export const conditions: Kind = {
  name: 'conditions',
  group: 'catalogue',
  filters,
  list: async (asked, after) => {
    const page = await ask<Answer<'/api/catalogue/conditions/find'>>(query('/api/catalogue/conditions/find', { ...asked, limit: '100', cursor: after }))
    return { rows: page.items, next: page.next ?? null }
  },
  idOf: (c: Rule) => c.id,
  columns: [
    { key: 'name', show: (c: Rule, say) => (say.locale === 'zh' ? c.name : c.english || c.name), wide: 1.4 },
    { key: 'code', show: (c: Rule) => c.code, mono: true, wide: 0.9 },
    { key: 'condition', show: (c: Rule) => c.text, wide: 2 },
    { key: 'limit', show: (c: Rule) => c.limit_text },
    { key: 'close', show: (c: Rule) => c.close_condition, wide: 1.3 },
    { key: 'seasonal', show: (c: Rule) => c.seasonal ?? '', wide: 0.7 },
    { key: 'scheme', show: (c: Rule) => c.scheme, wide: 1.1 },
    { key: 'source', show: (c: Rule) => [c.source, c.status].filter(Boolean).join(' · '), wide: 0.7 },
  ],
  acts: [bring('/api/catalogue/conditions/import', 'conditions')],
  exports: (asked) => exportsOf('/api/catalogue/conditions/export', asked),
}

type Spot = Schemas['ComponentSpot']
export const components: Kind = {
  name: 'components',
  group: 'catalogue',
  filters: [{ key: 'grid', type: 'text' }, { key: 'type', type: 'text' }],
  list: async (asked, after) => {
    const page = await ask<Answer<'/api/components'>>(query('/api/components', { ...asked, limit: '200', after }))
    return { rows: page.items, next: page.next ?? null }
  },
  idOf: (c: Spot) => c.code,
  columns: [
    { key: 'name', show: (c: Spot) => c.name, wide: 1.5 },
    { key: 'code', show: (c: Spot) => c.code, mono: true, wide: 1.5 },
    { key: 'type', show: (c: Spot) => `${c.type_name ?? ''} ${c.type_code}`, wide: 1.5 },
    { key: 'grid', show: (c: Spot) => c.grid_code, mono: true, wide: 1.4 },
    { key: 'state', show: (c: Spot) => c.state, tone: (c: Spot) => (c.state === '完好' ? '' : 'late') },
  ],
  parts: async (c: Spot) => [{ key: 'file', rows: [await ask<Schemas['Component']>(`/api/components/${c.code}`)], columns: [
    { key: 'keeper', show: (d: Schemas['Component']) => d.keeper_name ?? '—' },
    { key: 'owner', show: (d: Schemas['Component']) => d.owner_name ?? '' },
    { key: 'maintainer', show: (d: Schemas['Component']) => d.maintainer_name ?? '' },
    { key: 'place', show: (d: Schemas['Component']) => `${d.lon.toFixed(6)}, ${d.lat.toFixed(6)} (${d.datum})` },
    { key: 'first_on', show: (d: Schemas['Component']) => d.first_on ?? '' },
    { key: 'note', show: (d: Schemas['Component']) => d.note ?? '' },
  ] }],
  acts: [{
    key: 'import', path: '/api/components/import', upload: { dry: { mode: 'dry_run' } },
    fields: [
      { key: 'file', type: 'file' }, { key: 'unit_id', type: 'unit', first: (_row, _asked, home) => home },
      { key: 'datum', type: 'choice', first: () => 'wgs84', choices: () => ['wgs84', 'cgcs2000', 'gcj02', 'bd09', 'shanghai_plane'].map((value) => ({ value, say: value })) },
      { key: 'mode', type: 'choice', first: () => 'partial', choices: (say) => ['partial', 'all_or_nothing'].map((value) => ({ value, say: say.t(`reference.mode_${value}`) })) },
    ],
    command: async (v) => ({ file: v['file'], unit: await codeOf(v['unit_id']), datum: v['datum'], mode: v['mode'] }),
    report: ({ added, changed, unchanged, bad, ...r }: Schemas['ComponentsImport'], say, v) => {
      const stops = r.dry_run && v['mode'] === 'all_or_nothing' && bad > 0
      return { say: say.t(stops ? 'reference.mendFirst' : r.dry_run ? 'reference.wouldImport' : 'reference.imported', { rows: r.rows, bad }), counts: { added, changed, unchanged, bad }, lines: badOnes(r.bad_rows), stops }
    },
  }],
}

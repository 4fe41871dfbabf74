import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { newId } from '@/core/ids'
import { dayAfter, instantOf } from '@/core/time'
import { bring, exportsOf, query, zoneNow, type Field, type Kind } from '../kind'
import { dutyLines } from '../pattern'

type Duty = Schemas['DutyRow']
type Line = Schemas['RosterLine']
const SHIFTS = ['day', 'night', 'holiday']
const instant = (local: string) => instantOf(local.slice(0, 10), local.slice(11, 16), zoneNow())
const name = { key: 'name', show: (d: { name: string }) => d.name }
const post = { key: 'post', show: (d: { post: string }, say: { post: (kind: string) => string }) => say.post(d.post), wide: 1.2 }
const unit = { key: 'unit', show: (d: { unit_name: string }) => d.unit_name, wide: 1.8 }
const shift = { key: 'shift', show: (d: { shift: string | null }, say: { t: (key: string) => string }) => (d.shift ? say.t(`reference.shift_${d.shift}`) : '—') }

const days: Field[] = [{ key: 'since', type: 'day', first: (_, asked) => asked['since'] }, { key: 'until', type: 'day', first: (_, asked) => asked['until'] }]
const holidays: Field = { key: 'holidays', type: 'check', first: () => true }

/** The roster: planned by weekly patterns, or one duty at a time, which then stands before the plan. */
export const duties: Kind = {
  name: 'duties',
  group: 'duty',
  filters: [
    { key: 'unit', type: 'unit', needed: true, first: (now) => now.unit },
    { key: 'since', type: 'day', needed: true, first: (now) => now.today },
    { key: 'until', type: 'day', needed: true, first: (now) => dayAfter(now.today, 6) },
  ],
  list: async (asked, after) => {
    const [after_at, after_id] = after ? after.split(' ') : []
    const rows = await ask<Duty[]>(query('/api/duties', {
      unit: asked['unit'], since: instantOf(asked['since']!, '00:00', zoneNow()), until: instantOf(dayAfter(asked['until']!, 1), '00:00', zoneNow()), limit: '200', after_at, after: after_id,
    }))
    return { rows, next: rows.length === 200 ? `${rows.at(-1)!.since} ${rows.at(-1)!.id}` : null }
  },
  idOf: (d: Duty) => d.id,
  columns: [name, post, unit, shift, { key: 'from', show: (d: Duty, say) => say.when(d.since) }, { key: 'to', show: (d: Duty, say) => say.when(d.until) }],
  acts: [
    {
      key: 'plan', path: '/api/duties/plan', grave: true,
      fields: [
        { key: 'unit_id', type: 'unit', first: (_, asked) => asked['unit'] }, ...days, holidays, { key: 'pattern', type: 'pattern', first: () => [] },
      ],
      command: (v) => ({ unit_id: v['unit_id'], since: v['since'], until: v['until'], holidays: v['holidays'], lines: dutyLines(v['pattern']) }),
      report: (r: Schemas['DutyPlan'], say) => ({ say: say.t('reference.planned', { planned: r.planned, kept: r.kept }) + (r.provisional ? `\n${say.t('reference.provisional')}` : '') }),
    },
    bring('/api/duties/import', 'duties', [...days, holidays]),
    {
      key: 'assign', path: '/api/duties',
      fields: [{ key: 'post_id', type: 'post' }, { key: 'from', type: 'instant' }, { key: 'to', type: 'instant' }],
      command: (v) => ({ duty_id: newId(), post_id: v['post_id'], since: instant(v['from']), until: instant(v['to']) }),
    },
    {
      key: 'shift', path: '/api/shifts', method: 'PUT',
      fields: [
        { key: 'unit_id', type: 'unit', first: (_, asked) => asked['unit'] }, { key: 'shift', type: 'choice', first: () => 'day', choices: (say) => SHIFTS.map((value) => ({ value, say: say.t(`reference.shift_${value}`) })) },
        { key: 'starts', type: 'time' }, { key: 'ends', type: 'time' },
      ],
      command: (v) => ({ unit_id: v['unit_id'], kind: v['shift'], starts: v['starts'], ends: v['ends'] }),
    },
  ],
  exports: (asked) => (asked['unit'] ? exportsOf('/api/duties/export', { unit: asked['unit'] }) : []),
  rowActs: [{
    key: 'replace', path: '/api/duties',
    fields: [
      { key: 'post_id', type: 'post' },
      { key: 'from', type: 'instant', first: (row: Duty | null) => (row ? localOf(row.since) : '') }, { key: 'to', type: 'instant', first: (row: Duty | null) => (row ? localOf(row.until) : '') },
    ],
    command: (v) => ({ duty_id: newId(), post_id: v['post_id'], since: instant(v['from']), until: instant(v['to']) }),
  }],
}
const localOf = (at: string) => new Intl.DateTimeFormat('sv-SE', { timeZone: zoneNow(), dateStyle: 'short', timeStyle: 'short' }).format(new Date(at)).replace(' ', 'T')

/** Who is really there, beside who should be. */
export const presence: Kind = {
  name: 'presence',
  group: 'duty',
  filters: [{ key: 'unit', type: 'unit', needed: true, first: (now) => now.unit }],
  list: async (asked) => ({ rows: await ask<Line[]>(query('/api/duty/roster', { unit: asked['unit'], limit: '500' })), next: null }),
  idOf: (l: Line) => l.id,
  columns: [
    name, post, unit, shift,
    { key: 'presence', show: (l: Line, say) => say.t(`reference.presence_${l.presence}`), tone: (l: Line) => ({ here: 'good', absent: 'late', due: 'soon' } as const)[l.presence as 'here'] ?? '' },
    { key: 'planned', show: (l: Line, say) => (l.planned_since && l.planned_until ? `${say.when(l.planned_since)} – ${say.when(l.planned_until)}` : '—'), wide: 1.6 },
    { key: 'here', show: (l: Line, say) => (l.here_since ? say.when(l.here_since) : '—') },
  ],
}

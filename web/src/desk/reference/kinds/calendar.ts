import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { clockTime, dayAfter, weekday } from '@/core/time'
import { bring, exportsOf, query, type Kind } from '../kind'

type Day = Schemas['CalendarDayView']
const WORKS = ['yes', 'no', 'back']

/** A unit's working days: its week, holidays and make-up days, and what it set apart itself. */
export const calendar: Kind = {
  name: 'calendar',
  group: 'calendar',
  filters: [
    { key: 'unit', type: 'unit', needed: true, first: (now) => now.unit },
    { key: 'since', type: 'day', needed: true, first: (now) => now.today },
    { key: 'until', type: 'day', needed: true, first: (now) => dayAfter(now.today, 30) },
  ],
  list: async (asked) => ({ rows: await ask<Day[]>(query(`/api/calendars/${asked['unit']}`, { since: asked['since'], until: asked['until'] })), next: null }),
  idOf: (d: Day) => d.day,
  columns: [
    { key: 'date', show: (d: Day) => d.day },
    { key: 'weekday', show: (d: Day, say) => weekday(Date.parse(`${d.day}T12:00:00Z`), 'UTC', say.locale) },
    { key: 'works', show: (d: Day, say) => say.t(d.works ? 'reference.works' : 'reference.rests') + (d.known ? '' : say.t('reference.notPublished')), tone: (d: Day) => (d.works ? '' : 'good') },
    { key: 'hours', show: (d: Day, say) => d.shifts.map(([from, to]) => `${clockTime(from as string, say.zone)}–${clockTime(to as string, say.zone)}`).join(' '), wide: 2 },
    { key: 'why', show: (d: Day, say) => (say.locale === 'zh' ? d.why_zh : d.why_en), wide: 2 },
  ],
  acts: [{
    key: 'setWeek', path: '/api/calendars', grave: true,
    fields: [
      { key: 'unit_id', type: 'unit', first: (_, asked) => asked['unit'] }, { key: 'name', type: 'text' }, { key: 'shifts', type: 'text', first: () => '08:30-12:00,13:00-17:30' },
      { key: 'weekdays', type: 'weekdays', first: () => [1, 2, 3, 4, 5] }, { key: 'statutory', type: 'check', first: () => true },
    ],
    command: (v) => ({ unit_id: v['unit_id'], name: v['name'], shifts: v['shifts'], weekdays: v['weekdays'].map((d: number) => d - 1).sort(), statutory: v['statutory'] ? 'CN' : 'none' }),
  }, bring('/api/calendars/import', 'calendar', [{ key: 'unit_id', type: 'unit', first: (_, asked) => asked['unit'] }])],
  exports: (asked) => (asked['unit'] ? exportsOf(`/api/calendars/${asked['unit']}/export`, { since: asked['since']!, until: asked['until']! }) : []),
  rowActs: [{
    key: 'setDay', path: '/api/calendars/days',
    fields: [
      { key: 'unit_id', type: 'unit', first: (_, asked) => asked['unit'] },
      { key: 'works', type: 'choice', first: (d: Day | null) => (d?.works ? 'no' : 'yes'), choices: (say) => WORKS.map((value) => ({ value, say: say.t(`reference.works_${value}`) })) },
      { key: 'shifts', type: 'text', optional: true }, { key: 'note', type: 'text', optional: true },
    ],
    command: (v, d: Day) => ({ unit_id: v['unit_id'], day: d.day, works: v['works'] === 'back' ? null : v['works'] === 'yes', shifts: v['shifts'] || null, note: v['note'] }),
  }],
}

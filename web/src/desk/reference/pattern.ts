import type { Schemas } from '@/api/types'
import { newId } from '@/core/ids'

/** A line of a weekly pattern as it is filled in; its people take turns in their order. */
export interface Line {
  key: string
  shift: Schemas['ShiftKind']
  weekdays: number[]
  at_once: number | ''
  people: { id: string; name: string; kind: string }[]
}

export const blankLine = (): Line => ({ key: newId(), shift: 'day', weekdays: [1, 2, 3, 4, 5, 6, 7], at_once: '', people: [] })

/** A unit's pattern as it was planned last, or one line to begin with. */
export const filledLines = (planned: Schemas['PatternLine'][]): Line[] =>
  planned.length
    ? planned.map((l) => ({
        key: l.id, shift: l.shift, weekdays: [...l.weekdays], at_once: l.at_once ?? '',
        people: l.post_ids.map((id, i) => ({ id, name: l.names[i]!, kind: l.kinds[i]! })),
      }))
    : [blankLine()]

/** Lines as the plan's command has them. */
export const dutyLines = (lines: Line[]) =>
  lines.map((l) => ({ shift: l.shift, post_ids: l.people.map((p) => p.id), weekdays: [...l.weekdays].sort(), at_once: l.at_once === '' ? null : Number(l.at_once) }))

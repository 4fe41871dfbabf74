import { ApiError, act, ask, getCourse } from '@/api/client'
import type { Course, Schemas, Task } from '@/api/types'
import { newId } from '@/core/ids'

/** What can be done with many cases at once: what needs no look at each. `words`: what it asks for, once for all. */
export const BULK = [
  { act: 'accept', words: null },
  { act: 'take', words: null },
  { act: 'dispatch', words: null },
  { act: 'close', words: 'closeCondition' },
  { act: 'urge', words: 'urgeWords' },
  { act: 'read-comment', words: null },
] as const
export type BulkAct = (typeof BULK)[number]['act']

export interface Outcome {
  task: Task
  state: 'done' | 'refused'
  /** the server's words, or a key of ours */
  fault: ApiError | null
  why: string
}

/** Not sent at all, and why: a key of the locales. */
class Stopped extends Error {}

/** The rest of the command, from the case as it stands now. */
async function fill(how: BulkAct, course: Course, words: string): Promise<Record<string, unknown>> {
  const c = course.case
  if (how === 'urge') return { text: words }
  if (how === 'close') {
    if (words) return { close_condition: words }
    const filed = c.condition_id ? await ask<Schemas['Condition']>(`/api/catalogue/conditions/${c.condition_id}`) : null
    if (!filed?.close_condition) throw new Stopped('queue.noCondition')
    return { close_condition: filed.close_condition }
  }
  if (how === 'dispatch') {
    const asked = new URLSearchParams({ code: c.matter_code, area: c.area_id, scheme: c.scheme, kind: c.matter_kind })
    const found = await ask<Schemas['Recommendation']>(`/api/responsibility/recommend?${asked}`)
    if (!found.lead || found.conflict) throw new Stopped('queue.noLead')
    return { lead: { unit_id: found.lead.id }, assists: found.assists.map((u) => ({ unit_id: u.id })) }
  }
  return {}
}

async function one(how: BulkAct, task: Task, words: string): Promise<void> {
  const course = await getCourse(task.case.id)
  const ids = ['order_id', 'comment_id'] as const
  const open = course.acts.find((a) => a.act === how && a.move !== 'force_dispatch' && (how !== task.act || ids.every((id) => a[id] === task[id])))
  if (!open) throw new Stopped('queue.notNow')
  const about = Object.fromEntries(ids.filter((id) => open[id] && (how === 'take' || how === 'read-comment')).map((id) => [id, open[id]]))
  await act(`/api/cases/${how}`, { case_id: task.case.id, ...about, ...(await fill(how, course, words)) }, newId())
}

/** Each by itself, four at a time: what one is refused does not stop the others. */
export async function doAll(how: BulkAct, tasks: Task[], words: string, told: (outcome: Outcome) => void): Promise<void> {
  const waiting = [...tasks]
  async function worker(): Promise<void> {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      try {
        await one(how, task, words)
        told({ task, state: 'done', fault: null, why: '' })
      } catch (e) {
        told({ task, state: 'refused', fault: e instanceof ApiError ? e : null, why: e instanceof Stopped ? e.message : 'queue.failed' })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, tasks.length) }, worker))
}

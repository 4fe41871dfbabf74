import { ask } from '@/api/client'
import type { Answer } from '@/api/types'
import { getVoice, photoUrl } from '@/api/client'
import { erasedPhotos } from '@/core/erased'
import { db } from '../shell/db'
import { keep, kept, mine } from '../shell/kept'
import { net } from '../shell/person'

/** What waits for me, of what can be done on the street; kept for where there is no network, with the cases and photos it needs. */

export type Task = Answer<'/api/tasks'>['items'][number]
export type Course = Answer<'/api/desk/cases/{case_id}'>

const ACTS = ['answer-check', 'verify', 'take', 'finish', 'answer-supervision', 'read-comment']
const QUERY = `/api/tasks?limit=200&${ACTS.map((a) => `act=${a}`).join('&')}`
const ALONG = 60
const PHOTOS = 3

export interface Tasks {
  items: Task[]
  at: number
}

export async function loadTasks(): Promise<Tasks | null> {
  const key = mine('tasks')
  if (net.online) {
    const answer = await ask<Answer<'/api/tasks'>>(QUERY).catch(() => null)
    if (answer) {
      await keep(key, answer.items)
      return { items: answer.items, at: Date.now() }
    }
  }
  const old = await db.kept.get(key)
  return old ? { items: old.value as Task[], at: old.at } : null
}

export const keptCourse = (id: string): Promise<Course | null> => kept<Course>(`case:${id}`)
export async function loadCourse(id: string): Promise<Course> {
  const course = await ask<Course>(`/api/desk/cases/${id}`)
  await keep(`case:${id}`, course)
  return course
}

/** The cases of today's tasks, with the photos to compare with and what was said; what is no task any more is let go. */
export async function takeTasksAlong(tasks: Task[]): Promise<void> {
  const rows = [...new Map(tasks.map((t) => [t.case.id, t.case])).values()].slice(0, ALONG)
  const wanted = new Set<string>()
  for (const row of rows) {
    wanted.add(`case:${row.id}`)
    let course = await keptCourse(row.id)
    if (course?.case.version !== row.version) course = await loadCourse(row.id).catch(() => course)
    const gone = course ? erasedPhotos(course) : new Map<string, unknown>()
    for (const { sha256 } of firstPhotos(course)) {
      if (gone.has(sha256)) continue
      wanted.add(`photo:${sha256}`)
      if ((await db.kept.get(`photo:${sha256}`)) || !net.online) continue
      const bytes = await fetch(photoUrl(sha256, false)).then((r) => (r.ok ? r.arrayBuffer() : null)).catch(() => null)
      if (bytes) await keep(`photo:${sha256}`, bytes).catch(() => null) // a full phone does without
    }
    for (const { sha256 } of course?.voices ?? []) {
      if (gone.has(sha256)) continue
      wanted.add(`voice:${sha256}`)
      if ((await db.kept.get(`voice:${sha256}`)) || !net.online) continue
      const bytes = await getVoice(sha256).then((sound) => sound.arrayBuffer()).catch(() => null)
      if (bytes) await keep(`voice:${sha256}`, bytes).catch(() => null)
    }
  }
  const old = (await db.kept.toCollection().primaryKeys()).filter((k) => /^(case|photo|voice):/.test(k) && !wanted.has(k))
  await db.kept.bulkDelete(old)
}

export const firstPhotos = (course: Course | null): Course['evidence'] => {
  const before = (course?.evidence ?? []).filter((e) => e.kind === 'near' || e.kind === 'far')
  const after = (course?.evidence ?? []).filter((e) => e.kind === 'handled').slice(-1)
  return [...before.slice(0, PHOTOS - 1), ...after]
}
/** The photo to lay over the picture: the near one of the report, else the far one. */
export const ghostOf = (course: Course | null): string | undefined => (course?.evidence.find((e) => e.kind === 'near') ?? course?.evidence.find((e) => e.kind === 'far'))?.sha256

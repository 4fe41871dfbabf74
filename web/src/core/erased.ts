import type { Course, EntryShown } from '@/api/types'

/** Which photos and voice notes were erased, by which entry: the ledger's own text says it (subject, id, n, event, …, body, prev). */
export function erasedPhotos(course: Course): Map<string, EntryShown> {
  const found = new Map<string, EntryShown>()
  for (const e of course.entries) {
    if (e.event !== 'case.photo_erased') continue
    const body = (JSON.parse(e.text) as unknown[])[8]
    const said = (typeof body === 'string' ? JSON.parse(body) : body) as { sha256?: string }
    if (said.sha256) found.set(said.sha256, e)
  }
  return found
}

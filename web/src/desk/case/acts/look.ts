import { ask } from '@/api/client'
import type { Course, Schemas } from '@/api/types'

/** What the forms look up before somebody acts: who is on duty, what else is near, whose it is. */

type Case = Course['case']

/** At the case's place, or in its area where it has none; nobody, where that lies out of sight. */
export function listOnDuty(posts: readonly string[], c: Case): Promise<Schemas['OnDuty'][]> {
  const where = c.lon !== null && c.lat !== null ? `lon=${c.lon}&lat=${c.lat}` : `unit=${c.area_id}`
  return ask<Schemas['OnDuty'][]>(`/api/on-duty?${posts.map((p) => `post=${p}`).join('&')}&${where}`).catch(() => [])
}
/** Null: the unit lies out of sight, so nothing is known. */
export const listOnDutyOf = (unit: string): Promise<Schemas['OnDuty'][] | null> => ask<Schemas['OnDuty'][]>(`/api/on-duty?post=handler&unit=${unit}`).catch(() => null)

export const classOf = (c: Case): Schemas['ClassOf'] => ({ scheme: c.scheme, matter_kind: c.matter_kind as Schemas['ClassOf']['matter_kind'], matter_code: c.matter_code, component: c.component })

/** Open cases of its class (or of another that it may be put under) within 300 m, reported these thirty days; not this one itself. */
export async function findNear(c: Case, of = classOf(c)): Promise<Schemas['Near'][]> {
  if (c.lon === null || c.lat === null) return []
  const asked = new URLSearchParams({ matter_code: of.matter_code, scheme: of.scheme ?? c.scheme, lon: String(c.lon), lat: String(c.lat), metres: '300', hours: String(24 * 30) })
  const found = await ask<Schemas['Near'][]>(`/api/cases/near?${asked}`).catch(() => [])
  return found.filter((n) => n.id !== c.id)
}

export function recommend(c: Case): Promise<Schemas['Recommendation'] | null> {
  const asked = new URLSearchParams({ code: c.matter_code, area: c.area_id, scheme: c.scheme, kind: c.matter_kind })
  return ask<Schemas['Recommendation']>(`/api/responsibility/recommend?${asked}`).catch(() => null)
}

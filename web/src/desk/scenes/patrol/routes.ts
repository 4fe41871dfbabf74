import type { Schemas } from '@/api/types'

export type Route = Schemas['Route']
export type RouteFile = Schemas['RouteFile']
export type ThingRow = Schemas['ThingRow']
/** A point as it is planned: what is asked of it is only which it is, the rest is shown. */
export type Spot = Pick<Schemas['Spot'], 'thing_id' | 'kind' | 'code' | 'name' | 'address' | 'what' | 'lon' | 'lat'>

export interface Draft {
  route_id: string
  n: number
  name: string
  unit_code: string
  spots: Spot[]
  weekdays: number[]
  begins: string
  ends: string
  people: string[]
}

export const DAYS = [1, 2, 3, 4, 5, 6, 7] as const
export const freshDraft = (id: string, unit: string): Draft => ({ route_id: id, n: 0, name: '', unit_code: unit, spots: [], weekdays: [1, 2, 3, 4, 5], begins: '09:00', ends: '11:00', people: [] })
export const draftOf = ({ route: r, spots }: RouteFile): Draft => ({ route_id: r.id, n: r.n, name: r.name, unit_code: r.unit_code, spots: [...spots], weekdays: [...r.weekdays], begins: hourOf(r.begins), ends: hourOf(r.ends), people: [...r.people] })
/** As the server wants it. */
export function commandOf({ spots, weekdays, name, ...rest }: Draft) {
  return { ...rest, name: name.trim(), weekdays: [...weekdays].sort((a, b) => a - b), points: spots.map((s) => s.thing_id) }
}

/** 08:00:00 → 08:00 */
export const hourOf = (time: string): string => time.slice(0, 5)

/** The one at `from` where `to` was; nothing moves off either end. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list]
  if (to >= 0 && to < next.length) next.splice(to, 0, ...next.splice(from, 1))
  return next
}

export const toggled = <T>(list: readonly T[], one: T): T[] => (list.includes(one) ? list.filter((x) => x !== one) : [...list, one])

/** What is patrolled there: which equipment, of a place which risk. */
export const spotOf = (row: ThingRow): Spot => ({
  thing_id: row.id, kind: row.kind, code: row.code, name: row.name, address: row.address, lon: row.lon, lat: row.lat,
  what: String(row.attributes['equipment'] ?? row.attributes['risk'] ?? ''),
})

/** West, south, east, north of these points, a little wider; null of none. */
export function boundsOf(spots: readonly Pick<Spot, 'lon' | 'lat'>[]): [number, number, number, number] | null {
  if (!spots.length) return null
  const [lons, lats] = [spots.map((s) => s.lon), spots.map((s) => s.lat)]
  return [Math.min(...lons) - 4e-4, Math.min(...lats) - 4e-4, Math.max(...lons) + 4e-4, Math.max(...lats) + 4e-4]
}

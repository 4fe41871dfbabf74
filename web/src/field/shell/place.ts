import type { FeatureCollection, LineString, Polygon, Position as Spot } from 'geojson'

/** Which grid and which road a point lies in, from shapes kept on the phone: for where there is no network. Pure. */

export interface Place {
  grid: string | null
  duty: string | null
  road: string | null
}
const ROAD_M = 60

function isInside([x, y]: Spot, ring: Spot[]): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi, xj, yj] = [ring[i]![0]!, ring[i]![1]!, ring[j]![0]!, ring[j]![1]!]
    if (yi > y! !== yj > y! && x! < ((xj - xi) * (y! - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

/** Metres from a point to a segment, on a plane that is true enough over a street. */
function awayFrom(p: Spot, a: Spot, b: Spot): number {
  const [kx, ky] = [111_320 * Math.cos((p[1]! * Math.PI) / 180), 110_540]
  const [ax, ay, bx, by] = [(a[0]! - p[0]!) * kx, (a[1]! - p[1]!) * ky, (b[0]! - p[0]!) * kx, (b[1]! - p[1]!) * ky]
  const [dx, dy] = [bx - ax, by - ay]
  const t = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)))
  return Math.hypot(ax + t * dx, ay + t * dy)
}

export function findPlace(lon: number, lat: number, grids: FeatureCollection | null, roads: FeatureCollection | null): Place {
  const at: Spot = [lon, lat]
  const grid = grids?.features.find((f) => f.geometry.type === 'Polygon' && isInside(at, (f.geometry as Polygon).coordinates[0]!))
  let road: string | null = null
  let nearest = ROAD_M
  for (const f of roads?.features ?? []) {
    const name = f.properties?.['name'] as string | null
    if (!name || f.geometry.type !== 'LineString') continue
    const line = (f.geometry as LineString).coordinates
    for (let i = 1; i < line.length; i += 1) {
      const m = awayFrom(at, line[i - 1]!, line[i]!)
      if (m < nearest) [nearest, road] = [m, name]
    }
  }
  return { grid: (grid?.properties?.['code'] as string | undefined) ?? null, duty: (grid?.properties?.['duty_grid_name'] as string | undefined) ?? null, road }
}

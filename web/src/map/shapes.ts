import type { FeatureCollection } from 'geojson'
import { ask } from '@/api/client'

/** The unit grids of a street, as shapes. */

export interface GridShape {
  code: string
  duty_grid_id: string
  duty_grid_name: string
  area_m2: number
}
export type Grids = FeatureCollection<GeoJSON.Polygon, GridShape>

export const listShapes = (street: string) => ask<Grids>(`/api/map/${street}/grids`)

import type { Feature, FeatureCollection } from 'geojson'
import { AttributionControl, Map as GlMap, setWorkerUrl, type GeoJSONSource, type MapOptions } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import type { CaseRow, MapInfo } from '@/api/types'
import { latenessOf, type Lateness } from '@/core/steps'
import { sayDrawn } from './drawn'
import { drawMark, markOf, SHAPES } from './marks'
import { makeStyle } from './style'

setWorkerUrl(workerUrl)

export const NO_FEATURES: FeatureCollection = { type: 'FeatureCollection', features: [] }
export const hasWebgl = () => document.createElement('canvas').getContext('webgl2') !== null
export const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** A map on the base of real streets, grids and roads, which knows the signs of cases; resolves when it stands. */
export async function makeMap(box: HTMLElement, info: MapInfo, street: string, label: string, more: Partial<MapOptions> = {}): Promise<GlMap> {
  const shapes = info.tiles ? null : ((await (await fetch(info.shapes)).json()) as Record<string, FeatureCollection>)
  const gl = new GlMap({
    container: box,
    style: makeStyle(info, street, shapes),
    ...(info.bounds ? { bounds: info.bounds as [number, number, number, number], fitBoundsOptions: { padding: 24 } } : {}),
    minZoom: 11, maxZoom: 19, attributionControl: false, fadeDuration: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false,
    locale: { 'Map.Title': label },
    ...more,
  })
  sayDrawn(gl)
  gl.touchZoomRotate.disableRotation()
  gl.addControl(new AttributionControl({ compact: false }), 'bottom-right')
  gl.setMissingStyleImageResolver((id) => {
    const [lateness, text] = id.split(':') as [Lateness, string | undefined]
    if (text === undefined || gl.hasImage(id) || !SHAPES[lateness]) return
    gl.addImage(id, drawMark(lateness, text, 2, 30), { pixelRatio: 2 })
  })
  await new Promise<void>((stands) => gl.once('load', () => stands()))
  return gl
}

export const setData = (gl: GlMap | null, source: string, features: Feature[]) => gl?.getSource<GeoJSONSource>(source)?.setData({ type: 'FeatureCollection', features })

const PRIORITY: Record<Lateness, number> = { done: 0, none: 1, paused: 1, fine: 2, soon: 3, late: 4 }

/** Cases as points with their signs; those reported from the very same spot stand side by side, not hidden under each other. */
export function casePoints(rows: Iterable<CaseRow>, now: number, say: (key: string) => string): Feature[] {
  const at = new Map<string, number>()
  const points: Feature[] = []
  for (const row of rows) {
    if (row.lon === null || row.lat === null) continue
    const spot = `${row.lon.toFixed(4)} ${row.lat.toFixed(4)}`
    const nth = at.get(spot) ?? 0
    at.set(spot, nth + 1)
    const [turn, out] = [nth * 2.4, nth ? 0.00011 + 0.00002 * nth : 0]
    const lateness = latenessOf(row, now)
    points.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [row.lon + out * Math.cos(turn), row.lat + out * 0.85 * Math.sin(turn)] },
      properties: { id: row.id, icon: `${lateness}:${say(`mark.${markOf(row.step)}`)}`, order: PRIORITY[lateness], done: lateness === 'done' },
    })
  }
  return points
}

export function addCaseLayer(gl: GlMap): void {
  gl.addSource('cases', { type: 'geojson', data: NO_FEATURES })
  gl.addLayer({ id: 'case', type: 'symbol', source: 'cases',
    layout: { 'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['get', 'order'],
      'icon-size': ['interpolate', ['linear'], ['zoom'], 13, ['case', ['get', 'done'], 0.42, 0.66], 15.5, ['case', ['get', 'done'], 0.72, 0.98], 18, ['case', ['get', 'done'], 0.9, 1.2]] } })
}

export type Base = 'own' | 'vec' | 'img'
const OWN = ['ground', 'district', 'street', 'road-3-case', 'road-2-case', 'road-1-case', 'road-3', 'road-2', 'road-1', 'road-name', 'street-name']

/** Our own base map, or 天地图's streets or pictures under the same grids. Its tiles come by way of our server. */
export function setBase(gl: GlMap, base: Base): void {
  for (const layer of ['vec', 'cva', 'img', 'cia']) {
    const wanted = (base === 'vec' && ['vec', 'cva'].includes(layer)) || (base === 'img' && ['img', 'cia'].includes(layer))
    if (wanted && !gl.getSource(layer)) {
      gl.addSource(layer, { type: 'raster', tiles: [`${location.origin}/basemap/${layer}/{z}/{x}/{y}`], tileSize: 256, minzoom: 1, maxzoom: 18, attribution: '天地图 tianditu.gov.cn' })
      gl.addLayer({ id: layer, type: 'raster', source: layer }, 'grid-load')
    }
    if (gl.getLayer(layer)) gl.setLayoutProperty(layer, 'visibility', wanted ? 'visible' : 'none')
  }
  for (const id of OWN) if (gl.getLayer(id)) gl.setLayoutProperty(id, 'visibility', base === 'own' ? 'visible' : 'none')
}

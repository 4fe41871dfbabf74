import type { FeatureCollection } from 'geojson'
import type { FilterSpecification, StyleSpecification } from 'maplibre-gl'
import type { MapInfo } from '@/api/types'

/** The base map: real streets, roads and grids, quiet enough that cases stand out. No glyphs: text is drawn from the system's fonts. */

const FONT = ['Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei']
const C = {
  ground: '#dfe5e9', district: '#e9edf0', street: '#f4f5f2', grid: '#9db3c4', duty: '#4f7391', border: '#6d8193',
  road: '#ffffff', roadMain: '#fdf6e3', casing: '#c5ced5', casingMain: '#dfcfa3', name: '#4a5865', halo: '#ffffff',
}
type Layers = StyleSpecification['layers']

const rank = (n: number): FilterSpecification => ['==', ['get', 'rank'], n]
const width = (at13: number, at16: number, at18: number): ['interpolate', ['exponential', number], ['zoom'], ...number[]] =>
  ['interpolate', ['exponential', 1.5], ['zoom'], 10, at13 / 3, 13, at13, 16, at16, 18, at18]

/** `source(layer)` says where a layer's shapes come from: tiles, or plain GeoJSON. */
function layersFrom(source: (layer: string) => { source: string; 'source-layer'?: string }, street: string): Layers {
  const mine: FilterSpecification = ['==', ['get', 'street'], street]
  const roads = ([[3, 1.6, 8, 20], [2, 2.4, 12, 28], [1, 3.2, 16, 36]] as const).flatMap(([n, a, b, c]) => [
    { id: `road-${n}-case`, type: 'line', ...source('road'), filter: rank(n), minzoom: n === 3 ? 12.5 : 9,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': n === 1 ? C.casingMain : C.casing, 'line-width': width(a + 1.2, b + 2, c + 2) } },
  ]) as Layers
  const tops = ([[3, 1.6, 8, 20], [2, 2.4, 12, 28], [1, 3.2, 16, 36]] as const).map(([n, a, b, c]) => (
    { id: `road-${n}`, type: 'line', ...source('road'), filter: rank(n), minzoom: n === 3 ? 12.5 : 9,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': n === 1 ? C.roadMain : C.road, 'line-width': width(a, b, c) } })) as Layers
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': C.ground } },
    { id: 'district', type: 'fill', ...source('area'), filter: ['==', ['get', 'level'], 2], paint: { 'fill-color': C.district } },
    { id: 'street', type: 'fill', ...source('area'), filter: ['==', ['get', 'code'], street], paint: { 'fill-color': C.street } },
    { id: 'grid-load', type: 'fill', ...source('grid'), minzoom: 12, paint: { 'fill-color': '#155a8a', 'fill-opacity': 0 } },
    ...roads,
    ...tops,
    { id: 'grid', type: 'line', ...source('grid'), minzoom: 13, filter: mine, paint: { 'line-color': C.grid, 'line-width': ['interpolate', ['linear'], ['zoom'], 13, 0.6, 17, 1.3], 'line-opacity': 0.75 } },
    { id: 'duty', type: 'line', ...source('duty'), minzoom: 12, filter: mine, layout: { 'line-join': 'round' },
      paint: { 'line-color': C.duty, 'line-width': 1.8, 'line-dasharray': [4, 2.2] } },
    { id: 'streets', type: 'line', ...source('area'), filter: ['==', ['get', 'level'], 3], paint: { 'line-color': C.border, 'line-width': 1, 'line-opacity': 0.45 } },
    { id: 'street-edge-halo', type: 'line', ...source('area'), filter: ['==', ['get', 'code'], street], paint: { 'line-color': '#155a8a', 'line-width': 7, 'line-opacity': 0.13 } },
    { id: 'street-edge', type: 'line', ...source('area'), filter: ['==', ['get', 'code'], street], layout: { 'line-join': 'round' }, paint: { 'line-color': '#155a8a', 'line-width': 2 } },
    { id: 'road-name', type: 'symbol', ...source('road'), minzoom: 13.5, filter: ['all', ['has', 'name'], ['!=', ['get', 'kind'], 'primary_link']],
      layout: { 'symbol-placement': 'line', 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': ['interpolate', ['linear'], ['zoom'], 13.5, 12, 17, 13], 'text-letter-spacing': 0.06, 'symbol-spacing': 320, 'text-max-angle': 30, 'text-padding': 4 },
      paint: { 'text-color': C.name, 'text-halo-color': C.halo, 'text-halo-width': 1.6 } },
    { id: 'grid-code', type: 'symbol', ...source('grid'), minzoom: 16.2, filter: mine,
      layout: { 'text-field': ['slice', ['get', 'code'], 9], 'text-font': FONT, 'text-size': 12 },
      paint: { 'text-color': '#6a7883', 'text-halo-color': C.halo, 'text-halo-width': 1.2 } },
    { id: 'street-name', type: 'symbol', ...source('place'), maxzoom: 15.2, filter: ['!=', ['get', 'code'], street],
      layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 12, 'text-letter-spacing': 0.1, 'text-padding': 12 },
      paint: { 'text-color': '#5b6b79', 'text-halo-color': C.district, 'text-halo-width': 1.5 } },
  ] as Layers
}

export function makeStyle(info: MapInfo, street: string, shapes: Record<string, FeatureCollection> | null): StyleSpecification {
  if (info.tiles && !shapes) {
    const tiles = [new URL(info.tiles, location.href).href.replaceAll('%7B', '{').replaceAll('%7D', '}')]
    return {
      version: 8,
      sources: { base: { type: 'vector', tiles, minzoom: info.min_zoom, maxzoom: info.max_zoom, attribution: info.attribution } },
      layers: layersFrom((layer) => ({ source: 'base', 'source-layer': layer }), street),
    }
  }
  const given = shapes ?? {}
  const empty: FeatureCollection = { type: 'FeatureCollection', features: [] }
  const sources: StyleSpecification['sources'] = {}
  for (const layer of ['area', 'place', 'duty', 'grid', 'road']) {
    sources[layer] = { type: 'geojson', data: given[layer] ?? empty, ...(layer === 'area' ? { attribution: info.attribution } : {}) }
  }
  return { version: 8, sources, layers: layersFrom((layer) => ({ source: layer }), street) }
}

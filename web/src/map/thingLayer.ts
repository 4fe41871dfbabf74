import type { Feature } from 'geojson'
import type { ExpressionSpecification, Map as GlMap } from 'maplibre-gl'
import { NO_FEATURES, setData } from './make'
import { drawThing } from './marks'
import type { ThingSpot } from './things'

/** Things as a map draws them: their number where they stand close, from near each with the sign of its kind. */

const MANY: ExpressionSpecification = ['any', ['has', 'point_count'], ['!', ['to-boolean', ['get', 'id']]]]

/** `size`: how large they are drawn, 1 at a desk. */
export function addThingLayers(gl: GlMap, size = 1): void {
  const radius = ([12, 14, 17, 20, 24] as const).map((r) => r * size)
  gl.addSource('things', { type: 'geojson', data: NO_FEATURES, cluster: true, clusterRadius: 42 * size, clusterMaxZoom: 18, clusterProperties: { n: ['+', ['get', 'n']] } })
  gl.addLayer({ id: 'thing-many', type: 'circle', source: 'things', filter: MANY,
    paint: { 'circle-radius': ['step', ['get', 'n'], radius[0]!, 10, radius[1]!, 100, radius[2]!, 1000, radius[3]!, 10000, radius[4]!], 'circle-color': '#3f4e5b', 'circle-opacity': 0.92, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } })
  gl.addLayer({ id: 'thing-many-n', type: 'symbol', source: 'things', filter: MANY,
    layout: { 'text-field': ['to-string', ['get', 'n']], 'text-font': ['Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei'], 'text-size': 12 * size, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': '#ffffff' } })
  gl.addLayer({ id: 'thing', type: 'symbol', source: 'things', filter: ['!', MANY], layout: { 'icon-image': ['get', 'icon'], 'icon-size': size, 'icon-allow-overlap': true, 'icon-ignore-placement': true } })
}

export function showThings(gl: GlMap | null, things: readonly ThingSpot[]): void {
  for (const { sign } of things) if (gl && !gl.hasImage(`thing:${sign}`)) gl.addImage(`thing:${sign}`, drawThing(sign, 2, 24), { pixelRatio: 2 })
  setData(gl, 'things', things.map((s): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [s.lon, s.lat] }, properties: { ...s, icon: `thing:${s.sign}` } })))
}

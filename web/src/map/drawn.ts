import type { Map as GlMap } from 'maplibre-gl'

/** While nothing of a map is still to come its box says so (`data-drawn`): a picture taken then is the whole map. */
export function sayDrawn(gl: GlMap): void {
  const said = gl.getContainer().dataset
  const coming = () => delete said['drawn']
  gl.on('render', coming)
  gl.on('dataloading', coming)
  gl.on('idle', () => (said['drawn'] = ''))
}

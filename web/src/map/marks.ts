import type { Step } from '@/api/types'
import { FLOW, stageOf, type Lateness } from '@/core/steps'

/** The sign of a case, the same in list, legend and on the map: a character for where it waits, a shape for its time. 28×28. */

export interface Shape {
  path: string
  fill: string
  stroke: string
  text: string
  dash?: number[]
}

const CIRCLE = 'M14 2.5a11.5 11.5 0 1 1 0 23a11.5 11.5 0 1 1 0-23Z'
const SQUARE = 'M7 3h14a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H7a4 4 0 0 1-4-4V7a4 4 0 0 1 4-4Z'
const DIAMOND = 'M12.2 1.6a2.6 2.6 0 0 1 3.6 0L26.4 12.2a2.6 2.6 0 0 1 0 3.6L15.8 26.4a2.6 2.6 0 0 1-3.6 0L1.6 15.8a2.6 2.6 0 0 1 0-3.6Z'

export const SHAPES: Record<Lateness, Shape> = {
  fine: { path: CIRCLE, fill: '#ffffff', stroke: '#155a8a', text: '#0e4a74' },
  none: { path: CIRCLE, fill: '#ffffff', stroke: '#155a8a', text: '#0e4a74' },
  soon: { path: SQUARE, fill: '#f6b64e', stroke: '#8a4b00', text: '#3d2200' },
  late: { path: DIAMOND, fill: '#b3201b', stroke: '#7d120e', text: '#ffffff' },
  paused: { path: CIRCLE, fill: '#eef1f4', stroke: '#586673', text: '#3f4e5b', dash: [3, 2.5] },
  done: { path: CIRCLE, fill: '#e4f3ea', stroke: '#1b6e45', text: '#1b6e45' },
}

/** The key of `mark.*` in the messages. */
export function markOf(step: Step): 'accept' | 'file' | 'dispatch' | 'handle' | 'verify' | 'close' | 'done' | 'out' {
  const stage = stageOf(step)
  if (stage < 0) return 'out'
  if (stage >= FLOW.length) return 'done'
  return FLOW[stage]!.key as 'accept'
}

/** What stands on the street has a plain square with the character of its kind: no colour tells anything of it. */
const THING: Shape = { path: 'M6 4h16a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z', fill: '#3f4e5b', stroke: '#ffffff', text: '#ffffff' }
export const drawThing = (text: string, ratio: number, size: number): ImageData => draw(THING, 13, text, ratio, size)

/** Draw a sign for the map. */
export const drawMark = (lateness: Lateness, text: string, ratio: number, size: number): ImageData => draw(SHAPES[lateness], lateness === 'late' ? 12 : 13, text, ratio, size)

function draw(shape: Shape, high: number, text: string, ratio: number, size: number): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = Math.round(size * ratio)
  const pen = canvas.getContext('2d')!
  pen.scale((size * ratio) / 28, (size * ratio) / 28)
  const path = new Path2D(shape.path)
  pen.shadowColor = 'rgba(20, 32, 43, 0.35)'
  pen.shadowBlur = 2.5 * ratio
  pen.shadowOffsetY = ratio * 0.6
  pen.fillStyle = shape.fill
  pen.fill(path)
  pen.shadowColor = 'transparent'
  pen.strokeStyle = shape.stroke
  pen.lineWidth = 1.8
  pen.setLineDash(shape.dash ?? [])
  pen.stroke(path)
  pen.fillStyle = shape.text
  pen.font = `600 ${high}px "PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(text, 14, 14.8)
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

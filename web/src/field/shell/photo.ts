import { toHex } from '@/core/proof'
import { withExif } from './exif'
import type { Photo, Position } from './db'

/** A photo as it is kept and sent: at most 1600 px, JPEG, with the time and place of its shutter, named by its digest. */

export const MOST_PX = 1_600
const QUALITY = 0.82

/** Files are named by their SHA-256, here as on the server. */
export async function nameOf(bytes: ArrayBuffer): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

export async function makePhoto(source: Blob | HTMLVideoElement, owner: string, at: number, position: Position | null): Promise<Photo> {
  const picture = source instanceof Blob ? await createImageBitmap(source, { imageOrientation: 'from-image' }) : source
  const [w, h] = picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height]
  const scale = Math.min(1, MOST_PX / Math.max(w, h))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(w * scale)
  canvas.height = Math.round(h * scale)
  canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height)
  if (!(picture instanceof HTMLVideoElement)) picture.close()
  const jpeg = await new Promise<Blob>((done, fail) => canvas.toBlob((b) => (b ? done(b) : fail(new Error('no picture'))), 'image/jpeg', QUALITY))
  canvas.width = canvas.height = 0 // some phones give the memory back only so
  const bytes = withExif(new Uint8Array(await jpeg.arrayBuffer()), at, position).buffer
  return { sha256: await nameOf(bytes), owner, bytes, at, position, uploaded: 0 }
}

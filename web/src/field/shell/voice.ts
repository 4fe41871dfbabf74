import { getVoice } from '@/api/client'
import { db, type Photo } from './db'
import { nameOf } from './photo'
import type { Recorded } from './recorder'

/** A voice note as it is kept and sent: bytes under their digest, like a photo. */
export async function makeVoice({ sound, seconds }: Recorded, owner: string, at: number): Promise<Photo> {
  const bytes = await sound.arrayBuffer()
  return { sha256: await nameOf(bytes), owner, bytes, at, position: null, uploaded: 0, sound: { type: sound.type, seconds } }
}

/** From the phone's own store, where it was recorded or taken along; else from the server. */
export async function loadVoice(sha: string, type: string): Promise<Blob> {
  const own = await db.photos.get(sha)
  const bytes = own?.bytes ?? ((await db.kept.get(`voice:${sha}`))?.value as ArrayBuffer | undefined)
  return bytes ? new Blob([bytes], { type: own?.sound?.type ?? type }) : getVoice(sha)
}

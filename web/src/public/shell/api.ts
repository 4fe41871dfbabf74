import { ask, send } from '@/api/client'
import type { Answer, Schemas } from '@/api/types'

/** What a resident's pages ask. No session: a followed report is opened by its ticket, sent in a header. */

export type Start = Schemas['Start']
export type Followed = Schemas['Followed']
export type PublicMap = Schemas['PublicMap']

export const getStart = () => ask<Answer<'/api/public/start'>>('/api/public/start')
export const sendReport = (report: Schemas['ReportPublicly']) => send<Schemas['Reported']>('/api/public/reports', report)
export const uploadPhoto = (report: string, ticket: string, photo: Blob) =>
  ask<Schemas['Uploaded']>(`/api/public/photos?report=${report}`, { method: 'POST', headers: { 'Content-Type': 'image/jpeg', 'Public-Ticket': ticket }, body: photo })
export const askCode = (number: string, phone: string) => send<Schemas['CodeAsked']>('/api/public/follow/code', { number, phone })
export const follow = (number: string, code: string, phone: string | null) => send<Followed>('/api/public/follow', { number, code, ...(phone ? { phone } : {}) })
const shown = (ticket: string, more: Record<string, string> = {}) => ({ headers: { Accept: 'application/json', 'Follow-Ticket': ticket, ...more } })
export const getFollowed = (ticket: string) => ask<Followed>('/api/public/follow', shown(ticket))
export const rate = (ticket: string, said: Schemas['RatePublicly']) =>
  ask<Followed>('/api/public/rate', { method: 'POST', ...shown(ticket, { 'Content-Type': 'application/json' }), body: JSON.stringify(said) })
export const getReceipt = (ticket: string, number: string) => ask<unknown>(`/api/public/receipt/${encodeURIComponent(number)}`, shown(ticket))
export async function getPhoto(ticket: string, sha256: string): Promise<Blob> {
  const answer = await fetch(`/api/public/photos/${sha256}`, { headers: { 'Follow-Ticket': ticket } })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.blob()
}
export const getMap = () => ask<PublicMap>('/api/public/map')
export const getBaseMap = () => ask<Answer<'/api/public/base-map'>>('/api/public/base-map')
export const getKeys = () => ask<Answer<'/api/ledger/keys'>>('/api/ledger/keys')
export const getHeads = (after: number) => ask<Answer<'/api/ledger/heads'>>(`/api/ledger/heads?after=${after}&limit=1`)

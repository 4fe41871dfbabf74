import type { components, paths } from './schema'

/** What the server sends, by the server's own description (`npm run api`). Times are ISO 8601 with offset. */
export type Schemas = components['schemas']
/** What a GET answers: `Answer<'/api/on-duty'>`. */
export type Answer<P extends keyof paths> = paths[P] extends { get: { responses: { 200: { content: { 'application/json': infer T } } } } } ? T : never

// Hand-written, until the desk's answers are described as the others are:

export type Step =
  | 'reported' | 'checking' | 'accepted' | 'filed' | 'handling' | 'handled' | 'verified'
  | 'closed' | 'declined' | 'void' | 'merged'

export interface CaseRow {
  id: string
  number: string
  step: Step
  channel: string
  emergency: boolean
  matter_code: string
  matter_name: string
  place: string
  lon: number | null
  lat: number | null
  grid_code: string | null
  area_name: string
  unit_name: string | null
  reported_at: string
  step_since?: string
  step_due_at: string | null
  due_at: string | null
  overdue_at: string | null
  suspended: boolean
  closed_at: string | null
  version: number
}

export interface StepCount {
  step: Step
  cases: number
  overdue: number
}

export interface MapInfo {
  /** z/x/y template, or null when no tiles were cut: then `shapes` is drawn. */
  tiles: string | null
  shapes: string
  min_zoom: number
  max_zoom: number
  /** west, south, east, north */
  bounds: [number, number, number, number] | null
  attribution: string
}

export interface Today {
  position: number
  now: string
  zone: string
  street: { code: string; name: string }
  counts: StepCount[]
  reported_today: number
  cases: CaseRow[]
  /** more open cases than were sent: the counts are then the server's, not ours */
  truncated: boolean
  /** what happened last, newest first */
  events: FeedEvent[]
  demo: boolean
  map: MapInfo
}

export interface FeedEvent {
  position: number
  event: string
  case_id: string
  number: string
  at: string
  who: string
  post_zh: string
  post_en: string
  zh: string
  en: string
}

export interface Batch {
  position: number
  now: string
  events: FeedEvent[]
  /** the cases of these events as they now stand */
  cases: CaseRow[]
}

export interface Beat {
  position: number
  now: string
}

export interface Order {
  id: string
  unit_name: string
  lead: boolean
  turn: number
  state: 'waiting' | 'sent' | 'taken' | 'done' | 'bounced' | 'recalled'
  forced: boolean
  task: string
  handler_id: string | null
  sent_at: string | null
  taken_at: string | null
  done_at: string | null
  due_at: string | null
  overdue_at: string | null
  result: string
  round: number
}

export interface Clock {
  id: string
  order_id: string | null
  limit_value: number
  limit_clock: string
  started_at: string
  due_at: string
  provisional: boolean
  fixed: boolean
  pauses: [string, string | null][]
  extensions: number
  stopped_at: string | null
  warned_at: string | null
  overdue_at: string | null
  working: { zh: string; en: string }[]
}

export interface CaseRequest {
  id: string
  order_id: string | null
  kind: 'bounce' | 'extend' | 'suspend' | 'void' | 'appeal'
  reason: string
  text: string
  until: string | null
  asked_by: string
  asked_at: string
  granted: boolean | null
  decided_at: string | null
}

export interface Evidence {
  sha256: string
  kind: 'near' | 'far' | 'check' | 'handled' | 'verified'
  order_id: string | null
  round: number
  by: string
  at: string
  distance_m: number | null
  reused_in: string | null
  alike_in: string | null
}

export interface Supervision {
  id: string
  text: string
  at: string
  due_at: string
  answer: string | null
  answered_at: string | null
}

export interface Comment {
  id: string
  by: string
  at: string
  text: string
}

export interface CaseFull extends Omit<CaseRow, 'unit_name' | 'suspended'> {
  description: string
  scheme: string
  trusted: boolean
  step_since: string
  suspended_at: string | null
  bounces: number
  reworks: number
  filed_at: string | null
  owed: string[]
  extensions: number
  suspensions: number
  reopens: number
  close_condition: string
}

/** One ledger entry: what it says, and the very text that was hashed. `position` is null until it is settled. */
export interface EntryShown {
  n: number
  position: number | null
  event: string
  at: string
  actor: string
  who: string
  post_zh: string
  post_en: string
  zh: string
  en: string
  /** what was written in the act: kept beside the ledger, which holds its digest */
  written?: string
  text: string
  prev: string
  hash: string
}

export interface ProofShown {
  origin: string
  hash: 'sha256' | 'sm3'
  /** the newest signed head, null before the first */
  head: { size: number; root: string; at: string; key_id: string; signature: string; text: string } | null
  /** the public key's one line: algorithm and base64 */
  key: string | null
  /** by position: the audit path, hashes in hex from the leaf upwards */
  paths: { position: number; path: string[] }[]
}

export interface Course {
  case: CaseFull
  orders: Order[]
  clocks: Clock[]
  requests: CaseRequest[]
  evidence: Evidence[]
  supervisions: Supervision[]
  comments: Comment[]
  reports: number
  people: Record<string, string>
  entries: EntryShown[]
  proof: ProofShown
}

export interface Me {
  id: string
  name: string
  posts: { kind: string; unit_name: string }[]
  csrf: string | null
}

export interface DemoPerson {
  login: string
  name: string
  kind: string
  unit_name: string
}

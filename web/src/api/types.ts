import type { components, paths } from './schema'

/** What the server sends, by the server's own description (`npm run api`). Times are ISO 8601 with offset. */
export type Schemas = components['schemas']
/** What a GET answers: `Answer<'/api/on-duty'>`. */
export type Answer<P extends keyof paths> = paths[P] extends { get: { responses: { 200: { content: { 'application/json': infer T } } } } } ? T : never

export type Step = Schemas['Step']
export type CaseRow = Schemas['CaseRow']
export type StepCount = Schemas['StepCount']
export type MapInfo = Schemas['MapInfo']
export type Today = Schemas['Today']
export type FeedEvent = Schemas['FeedEvent']
export type Order = Schemas['Order']
export type Clock = Schemas['yiwang__cases__model__Clock']
export type CaseRequest = Schemas['Request']
export type Evidence = Schemas['Evidence']
export type Voice = Schemas['Voice']
export type Supervision = Schemas['Supervision']
export type Comment = Schemas['Comment']
export type EntryShown = Schemas['EntryShown']
export type ProofShown = Schemas['ProofShown']
export type Course = Schemas['CourseShown']
export type Act = Schemas['Act']
export type Task = Schemas['Task']
export type TaskCount = Schemas['TaskCount']
export type Me = Schemas['Me']
export type DemoPerson = Schemas['DemoPerson']

/** The data of the feed's `message`: an event stream's are not described. The cases of these events as they now stand. */
export interface Batch {
  position: number
  now: string
  events: FeedEvent[]
  cases: CaseRow[]
  /** cases that the viewer may see no more */
  gone: string[]
}

/** The data of its `beat`. */
export interface Beat {
  position: number
  now: string
}

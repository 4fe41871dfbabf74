import type { PhotoKind, PhotoRef, Position } from '../shell/db'

/** The acts of the street as forms, and the commands that they become. What may be done is the server's word; here is only how. Pure. */

export interface About {
  case_id: string
  order_id: string | null
  supervision_id: string | null
  comment_id: string | null
}
export interface ActForm {
  /** there or not; passed or not */
  yes: boolean | null
  text: string
  reason: string
  until: string
}
export const BLANK: ActForm = { yes: null, text: '', reason: '', until: '' }

interface Way {
  /** photos that it shows, and how many at most */
  photo?: PhotoKind
  most?: number
  /** a choice: there or not, passed or not */
  choice?: true
  place?: true
  /** goes at once: there is nothing to fill in */
  bare?: true
  lacks: (form: ActForm, photos: PhotoRef[]) => string[]
  command: (about: About, form: ActForm, photos: PhotoRef[], at: Position | null) => Record<string, unknown>
}

const where = (at: Position | null) => ({ lon: at?.lon ?? null, lat: at?.lat ?? null })
const some = (...what: [boolean, string][]): string[] => what.filter(([missing]) => missing).map(([, name]) => name)
const noText = (f: ActForm): [boolean, string] => [!f.text.trim(), 'text']

export const WAYS: Record<string, Way> = {
  'answer-check': {
    photo: 'check', most: 2, choice: true, place: true,
    lacks: (f, p) => some([!p.length, 'photo'], [f.yes === null, 'choice'], noText(f)),
    command: (a, f, photos, at) => ({ case_id: a.case_id, found: f.yes, text: f.text.trim(), ...where(at), photos }),
  },
  verify: {
    photo: 'verified', most: 2, choice: true, place: true,
    lacks: (f, p) => some([!p.length, 'photo'], [f.yes === null, 'choice'], [f.yes === false && !f.text.trim(), 'text']),
    command: (a, f, photos, at) => ({ case_id: a.case_id, passed: f.yes, text: f.text.trim(), ...where(at), photos }),
  },
  take: { bare: true, lacks: () => [], command: (a) => ({ case_id: a.case_id, order_id: a.order_id }) },
  finish: {
    photo: 'handled', most: 4, place: true,
    lacks: (f, p) => some([!p.length, 'photo'], noText(f)),
    command: (a, f, photos, at) => ({ case_id: a.case_id, order_id: a.order_id, result: f.text.trim(), photos, ...where(at) }),
  },
  'ask-bounce': {
    lacks: (f) => some([!f.reason, 'reason'], noText(f)),
    command: (a, f) => ({ case_id: a.case_id, order_id: a.order_id, reason: f.reason, text: f.text.trim() }),
  },
  'ask-extension': { lacks: (f) => some(noText(f)), command: (a, f) => ({ case_id: a.case_id, order_id: a.order_id, text: f.text.trim() }) },
  'ask-suspension': {
    lacks: (f) => some([!f.until, 'until'], noText(f)),
    command: (a, f) => ({ case_id: a.case_id, order_id: a.order_id, text: f.text.trim(), until: new Date(`${f.until}T18:00:00`).toISOString() }),
  },
  'answer-supervision': { lacks: (f) => some(noText(f)), command: (a, f) => ({ case_id: a.case_id, supervision_id: a.supervision_id, answer: f.text.trim() }) },
  'read-comment': { bare: true, lacks: () => [], command: (a) => ({ case_id: a.case_id, comment_id: a.comment_id }) },
  comment: { lacks: (f) => some(noText(f)), command: (a, f) => ({ case_id: a.case_id, id: a.comment_id, text: f.text.trim() }) },
}
export const REASONS = ['not_ours', 'wrong_place', 'wrong_matter', 'no_such_problem', 'needs_others'] as const
/** Those that are done first: large at the bottom of the page. */
export const FIRST = ['take', 'finish', 'verify', 'answer-check', 'answer-supervision', 'read-comment']

/** What the forms that ask for little ask for. `need`: not without it. */
export interface Field {
  name: string
  kind: 'text' | 'choice' | 'day' | 'stars' | 'flag'
  words: string
  need?: boolean
  choices?: readonly string[]
  /** where the choices' names stand in the locales */
  names?: string
}

const text = (name: string, words: string, need = true): Field => ({ name, kind: 'text', words, need })
const REASONS = ['not_ours', 'wrong_place', 'wrong_matter', 'no_such_problem', 'needs_others'] as const

export const FIELDS: Record<string, Field[]> = {
  decline: [text('reason', 'declineReason')],
  close: [text('close_condition', 'closeCondition')],
  'ask-bounce': [{ name: 'reason', kind: 'choice', words: 'bounceReason', need: true, choices: REASONS, names: 'reason' }, text('text', 'explain')],
  'ask-extension': [text('text', 'reason')],
  'ask-suspension': [{ name: 'until', kind: 'day', words: 'suspendUntil', need: true }, text('text', 'reason')],
  'ask-void': [text('text', 'reason')],
  'ask-appeal': [text('text', 'reason')],
  resume: [text('text', 'remark', false)],
  unmerge: [text('reason', 'reason')],
  urge: [text('text', 'urgeWords', false)],
  'answer-supervision': [text('answer', 'answer')],
  rate: [{ name: 'rating', kind: 'stars', words: 'rating', need: true }, { name: 'solved', kind: 'flag', words: 'solved' }],
}

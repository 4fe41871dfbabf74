import type { Component } from 'vue'
import type { Act, Course, Order } from '@/api/types'
import CheckForm from './CheckForm.vue'
import CommentForm from './CommentForm.vue'
import DecideForm from './DecideForm.vue'
import DispatchForm from './DispatchForm.vue'
import EmergencyForm from './EmergencyForm.vue'
import FileForm from './FileForm.vue'
import MergeForm from './MergeForm.vue'
import ReclassifyForm from './ReclassifyForm.vue'
import SimpleForm from './SimpleForm.vue'
import SpotForm from './SpotForm.vue'
import SuperviseForm from './SuperviseForm.vue'

/** What a form makes, besides what the act is about: the rest of the command. Null: something is missing still. */
export type Filled = Record<string, unknown> | null
export interface FormProps {
  course: Course
  act: Act
  /** what another form, or the page, knows already */
  preset?: Record<string, unknown>
}

/** The form of an act, by the last word of its path. What asks for words only has none of its own (`fields.ts`). */
const FORMS: Record<string, Component> = {
  'ask-check': CheckForm, comment: CommentForm, decide: DecideForm, dispatch: DispatchForm, 'add-assist': DispatchForm, emergency: EmergencyForm,
  file: FileForm, 'file-late': FileForm, reclassify: ReclassifyForm, merge: MergeForm, finish: SpotForm, verify: SpotForm, 'answer-check': SpotForm, supervise: SuperviseForm,
}
export const formOf = (act: Act): Component => FORMS[act.act] ?? SimpleForm

const IDS = ['order_id', 'request_id', 'supervision_id', 'comment_id', 'report_id'] as const
/** Which ids a command takes: a decision names its request alone, though it is about an order. */
const TAKES: Record<string, (typeof IDS)[number]> = {
  take: 'order_id', finish: 'order_id', 'ask-bounce': 'order_id', 'ask-extension': 'order_id', 'ask-suspension': 'order_id', decide: 'request_id',
  'answer-supervision': 'supervision_id', 'read-comment': 'comment_id', rate: 'report_id',
}
export function commandOf(act: Act, caseId: string, filled: Record<string, unknown>): Record<string, unknown> {
  const id = TAKES[act.act]
  return { case_id: caseId, ...(id ? { [id]: act[id] } : {}), ...filled }
}
export const sameAct = (a: Act, b: Act): boolean => a.move === b.move && IDS.every((id) => a[id] === b[id])
export const orderOf = (course: Course, act: Act): Order | undefined => course.orders.find((o) => o.id === act.order_id)

import { expect, it } from 'vitest'
import { evidenceOf } from './forms'

const owed = (rule: string, evidence: string[]) => ({ rule, zh: rule, en: rule, unit_name: '物业', evidence }) as never
const missing = (...[rules, ...said]: Parameters<typeof evidenceOf>) => evidenceOf(rules, ...said).map((a) => [a.rule, a.proofs.filter((p) => !p.there).map((p) => p.name)])

it('what a check-in must show is told with what is missing still', () => {
  const rules = [owed('maintenance', ['tap', 'form']), owed('inspection', []), owed('patrol', ['signed', 'place', 'photo'])]
  expect(missing(rules, null, false, 0, {})).toEqual([['maintenance', ['tap', 'form']], ['patrol', ['signed', 'place', 'photo']]])
  expect(missing(rules, { uid: '04' }, true, 1, { doors: '正常' })).toEqual([['maintenance', []], ['patrol', ['signed']]])
  expect(missing(rules, { uid: '04', mac: 'A0' }, true, 1, {})).toEqual([['maintenance', ['form']], ['patrol', []]])
})

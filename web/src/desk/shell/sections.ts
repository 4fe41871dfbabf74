/** What stands in the desk's side bar, in its order. `icon`: one path on a 24 × 24 grid; `words`: a key of the locales. */
export interface Section {
  name: string
  to: string
  icon: string
  words: string
}

export const SECTIONS: Section[] = [
  { name: 'today', to: '/', icon: 'M4 5h16M4 12h16M4 19h10', words: 'desk.nav.today' },
]

/** What stands in the phone's tab bar. `icon`: one path on a 24 × 24 grid; `words`: a key of the locales. */
export interface Tab {
  name: string
  to: string
  icon: string
  words: string
}

export const TABS: Tab[] = [
  { name: 'tasks', to: '/tasks', icon: 'M9 5h11M9 12h11M9 19h11M3.5 5l1 1 2-2M3.5 12l1 1 2-2M3.5 19l1 1 2-2', words: 'field.tab.tasks' },
  { name: 'report', to: '/report', icon: 'M4 8h3l1.5-2.5h7L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1ZM12 16.5a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7Z', words: 'field.tab.report' },
  { name: 'messages', to: '/messages', icon: 'M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z', words: 'field.tab.messages' },
  { name: 'mine', to: '/mine', icon: 'M12 11.5a4 4 0 1 0 0-8a4 4 0 0 0 0 8ZM4 20.5c.8-4 4-6 8-6s7.2 2 8 6', words: 'field.tab.mine' },
]

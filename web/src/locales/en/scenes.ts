export const en = {
  scenes: {
    nav: 'Scenes', title: 'Scenes', all: 'All', rounds: 'Rounds', loading: 'Loading…', none: 'There is no such scene.', figures: 'Figures of the scene', files: 'Files', map: 'On the map',
    stand: 'How things stand', owed: 'Overdue and due soon', noneOwed: 'Nothing is overdue, nothing due soon.', course: 'Done of late', noneDone: 'Nothing was done yet.', since: 'overdue since {t}', until: 'due {t}', visited: 'visited', damaged: 'visited, found damaged',
  },
}

export const en = {
  scenes: {
    nav: 'Scenes', title: 'Scenes', all: 'All', rounds: 'Rounds', loading: 'Loading…', none: 'There is no such scene.', figures: 'Figures of the scene', files: 'Files', map: 'On the map',
    stand: 'How things stand', owed: 'Overdue and due soon', noneOwed: 'Nothing is overdue, nothing due soon.', course: 'Done of late', noneDone: 'Nothing was done yet.', since: 'overdue since {t}', until: 'due {t}', visited: 'visited', damaged: 'visited, found damaged',
    troubles: 'Needs attention now', noTroubles: 'Nothing needs attention now.', more: '{n} more', lateFor: '{t} late', left: '{t} left', ago: '{t} ago', open: 'Rounds under way', noRounds: 'No round is under way.', done: '{done}/{all}', damagedN: '{n} damaged', untilT: 'until {t}', lateT: 'was due {t}',
    street: 'Map of the street. All that needs attention on it is in the list beside it, under the same number.', rotate: 'In turn', shown: 'Shown on the map'
  },
}

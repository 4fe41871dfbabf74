export const en = {
  myRounds: {
    title: 'My rounds', none: 'No grid is yours just now', noneSay: 'New censuses and checks appear here', unknown: 'Nothing is known yet', unknownSay: 'Open this once with a network', age: 'As of {t} ago', gone: 'This round is over, or has no grid of yours any more',
    purpose: { census: 'Census', check: 'Check' }, things: '{done}/{all} things', grids: '{done}/{all} grids', mine: '{n} grids of mine', until: 'until {t}', late: 'Time is over', left: '{n} left', leftCensus: '{n} not looked at yet', allDone: 'All checked', damaged: '{n} damaged',
    done: 'Done {t}', report: 'This grid is done', reportOf: 'Report it done', leftSay: '{n} things are not checked yet; please say why.', note: 'Note', noteSay: 'e.g. two were closed, notice left', send: 'Report it done', queued: 'to be sent', more: 'Show more', been: 'visit to be sent',
    censusSay: 'Confirm each; enter what is new, end what is gone; then report.', toThings: 'Enter or scan',
  },
}

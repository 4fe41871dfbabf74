export const en = {
  patrol: {
    shifts: 'Walks today', noShifts: 'No walks are planned for today.', nobody: 'nobody went', unassigned: 'not taken yet', missedN: '{n} missed', damagedOne: 'damaged',
    state: { planned: 'Not begun', walked: 'Under way', ended: 'Ended', over: 'Time over' },
    stop: { waiting: 'to do', done: 'in time', late: 'late', missed: 'missed' },
    trend: 'Trends', what: 'Equipment or place', allWhat: 'All equipment and places', compared: 'This quarter, the last one, and that of last year', of: { checks: 'Checks', damaged: 'Damage found', missed: 'Missed' }, onBefore: 'quarter', onLastYear: 'year', yearBefore: 'a year before', series: 'Series CSV', seriesSay: 'Checks, damage and misses by month, grid and kind', noTrend: 'No checks yet.', chart: '{what} by month; a line marks the year before',
    heat: 'Heat map', heatSays: '{what} in each unit grid this quarter', noHeat: 'None this quarter.',
    assess: 'People and units', by: { person: 'People', unit: 'Units' }, month: 'Month', export: 'Export XLSX', noAssessed: 'Nothing to be seen of this month: everybody sees their own; assessors, supervisors and commanders see all.', closedOf: '{n} / {of} closed',
    col: { shifts: 'Walks', points: 'Points', inTime: 'In time', missed: 'Missed', kept: 'Duties met', doubted: 'Doubted', damage: 'Damage' },
    assessSays: 'Walks: taken / planned. Points: reached / planned. Duties: met in time / fallen due. Doubted: taps / all taps. Walks that nobody took and lapses that nobody made up belong to the unit.',
    mine: 'My walks', noMine: 'No walk is yours now.', noMineSay: 'Walks planned for you or your unit appear here.', begin: 'Begin', end: 'End', going: 'waiting to be sent', endSure: '{n} points were not reached. End all the same?', unreached: 'not reached', no: 'Not yet', progress: '{n} of {of} reached', day: '{from}–{to}', asOf: 'as it was {t} ago',
    route: {
      title: 'Routes', new: 'New route', edit: 'Change the route', none: 'No route yet', noneSay: 'Choose points first, and make a route of them.', hint: 'Choose a route to look at or change, or make a new one.', walked: 'Walked ({n})', stopped: 'Stopped ({n})', nPoints: '{n} points', daily: 'daily',
      name: 'Name', nameSay: 'Such as: Menghua Street, mornings', unit: 'Walked by (unit)', people: 'Only these people', anybody: 'Nobody named: whoever of the unit takes it walks it.', named: 'Only those named can take it.', weekdays: 'Days', day: { 1: 'Mon', 2: 'Tue', 3: 'Wed', 4: 'Thu', 5: 'Fri', 6: 'Sat', 7: 'Sun' }, begins: 'Begins at', ends: 'Ends at', nextDay: 'on the next day',
      points: 'Points, in the order they are walked ({n})', find: 'Find a point or place: name, code, address', found: 'Points found', notFound: 'Nothing found; try another word.', add: 'Add', on: 'On the route', noPoints: 'No points yet: find them above, or click them on the map.', up: 'Move up: {what}', down: 'Move down: {what}', drop: 'Take off the route: {what}',
      dayNeeded: 'Choose one day at least', pointNeeded: 'Choose one point at least', save: 'Save', saved: "Saved; today's and tomorrow's walks are planned.", retire: 'Stop this route', retireSure: 'It will be planned no more; what was walked is kept. It can be taken up again later.', retireGo: 'Stop it', retired: 'Stopped.', resume: 'Take it up again', resumed: "Taken up again; today's and tomorrow's walks are planned.", again: 'Load what it is now',
      unsaved: 'What you changed on this route is not saved.', stay: 'Go on', leave: 'Discard it', map: 'Map of the route', mapSay: 'Click a dot to add it to the route', mapMore: 'Too many points: zoom in to see all; click a dot to add it',
    },
  },
}

export const en = {
  patrol: {
    shifts: 'Walks today', noShifts: 'No walks are planned for today.', nobody: 'nobody went', unassigned: 'not taken yet', missedN: '{n} missed', damagedOne: 'damaged',
    state: { planned: 'Not begun', walked: 'Under way', ended: 'Ended', over: 'Time over' },
    stop: { waiting: 'to do', done: 'in time', late: 'late', missed: 'missed' },
    trend: 'By quarter and year', what: 'Equipment or place', allWhat: 'All equipment and places', compared: 'This quarter, the last one, and that of last year', of: { checks: 'Checks', damaged: 'Damage found', missed: 'Missed' }, onBefore: 'quarter', onLastYear: 'year', yearBefore: 'a year before', noTrend: 'No checks yet.', chart: '{what} by month; a line marks the year before',
    heat: 'Heat map', heatSays: '{what} in each unit grid this quarter', noHeat: 'None this quarter.',
    assess: 'People and units', by: { person: 'People', unit: 'Units' }, month: 'Month', export: 'Export XLSX', noAssessed: 'Nothing to be seen of this month: everybody sees their own; assessors, supervisors and commanders see all.', closedOf: '{n} / {of} closed',
    col: { shifts: 'Walks', points: 'Points', inTime: 'In time', missed: 'Missed', kept: 'Duties met', doubted: 'Doubted', damage: 'Damage' },
    assessSays: 'Walks: taken / planned. Points: reached / planned. Duties: met in time / fallen due. Doubted: taps / all taps. Walks that nobody took and lapses that nobody made up belong to the unit.',
    mine: 'My walks', noMine: 'No walk is yours now.', noMineSay: 'Walks planned for you or your unit appear here.', begin: 'Begin', end: 'End', going: 'waiting to be sent', endSure: '{n} points were not reached. End all the same?', no: 'Not yet', progress: '{n} of {of} reached', open: 'My patrol walks', tap: 'At each point, tap its tag', day: '{from}–{to}', asOf: 'as it was {t} ago',
  },
}

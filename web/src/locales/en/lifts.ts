export const en = {
  lifts: {
    nobody: 'Nobody is trapped in a lift now', trapped: 'People trapped', called: 'Firm called', arrived: 'Firm there', left: '{t} left', over: '{t} over', done: 'took {t}', late: '{t}, late', case: 'Case', sinceIs: 'since {t}', long: 'for {t}',
    ranking: 'Old lifts, most urgent first', rankingSays: 'Out of 100: the more points, the sooner it should be looked at; every point has its reason', reason: 'Reason', anyReason: 'Any reason', least: 'At least', anyLeast: 'Any score', points: '{n} points', years: '{n} years in use', unknownYears: 'Age unknown', more: 'Fifty more', none: 'No lift is like that.', loading: 'Loading…', words: 'Code, name, address',
    factor: { age: 'Age', use: 'Where it is used', traps: 'Traps', faults: 'Faults', maintenance: 'Maintenance overdue', inspection: 'Inspection overdue', assessed: 'Assessment', stops: 'Many stops', unmonitored: 'Not monitored' },
  },
}

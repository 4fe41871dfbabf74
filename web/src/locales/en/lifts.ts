export const en = {
  lifts: {
    nobody: 'Nobody is trapped in a lift now', trapped: 'People trapped', called: 'Firm called', arrived: 'Firm there', left: '{t} left', over: '{t} over', done: 'took {t}', late: '{t}, late', case: 'Case', sinceIs: 'since {t}', long: 'for {t}',
    ranking: 'Old lifts, most urgent first', rankingSays: 'Out of 100: the more points, the sooner it should be looked at; every point has its reason', reason: 'Reason', anyReason: 'Any reason', least: 'At least', anyLeast: 'Any score', points: '{n} points', years: '{n} years in use', unknownYears: 'Age unknown', more: 'Fifty more', none: 'No lift is like that.', loading: 'Loading…', words: 'Code, name, address',
    registry: 'Import a registry', importRegistry: 'Import a registry', registrySays: 'A regulator’s table of lifts (CSV, XLSX), read by the columns of the registry chosen; the road in its address gives each its place, marked as worked out. It is tried first; look through it, then bring it in.', whichRegistry: 'Which registry', heads: 'The {n} columns that are read', source: 'Whence the columns: {source}', and: ', ', firm: '{firm} (lifts: {n})', unknown: 'No unit here is called so; the keeper or maintainer is left open, enter the units and import again: {firms}',
    factor: { age: 'Age', use: 'Where it is used', traps: 'Traps', faults: 'Faults', maintenance: 'Maintenance overdue', inspection: 'Inspection overdue', assessed: 'Assessment', stops: 'Many stops', unmonitored: 'Not monitored' },
  },
}

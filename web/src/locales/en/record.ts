export const en = {
  record: {
    nav: 'Record', title: 'Search the record', search: 'What to look for', found: 'Cases found', words: 'Number, matter, place, words', step: 'Step', late: 'Lateness', channel: 'Source', reported: 'Reported', since: 'Reported from', until: 'Reported until, that day included',
    all: 'All', lateYes: 'Has been late', lateNo: 'Never late', matter: 'Matter', unit: 'Unit, and those below', person: 'Who worked on it', findMatter: 'Name or code', findUnit: 'Name of the unit', findPerson: 'Name or login', noneFound: 'Nothing found',
    boxOn: 'Only within the box on the map', boxClear: 'Remove', clear: 'Clear', keep: 'Keep search', name: 'Give it a name', save: 'Save', kept: 'Kept searches', drop: 'Delete the kept search “{name}”',
    count: '{n} cases', countMore: 'More than {n} cases', counting: 'Counting…', none: 'No case fits', colCase: 'Case', colPlace: 'Place', colTime: 'Time limit', at: 'reported {t}',
    export: 'Export {kind}', exportSay: 'All cases found, without descriptions and personal data', exportBegins: 'Gathering {n} cases…', exporting: '{size} received', exported: '{n} cases exported, {size}', exportedMost: 'Only the first {n} ({size}): narrow it down and export in parts', exportStop: 'Stop', exportStopped: 'Export stopped', exportBroke: 'The export broke off; please try again',
    map: 'Where the cases found are', draw: 'Draw a box', drawing: 'Drag a box on the map', take: 'Take what the map shows', showing: '{n} on the map, of those loaded',
    receipt: 'Download receipt', print: 'Print', receiptWaits: 'The newest entry is not sealed yet; try again in some seconds',
  },
}

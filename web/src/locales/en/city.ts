export const en = {
  city: {
    nav: 'Map', title: 'Map of the grids', map: 'Map of the grids. Every grid and case on it is in the list beside it.', controls: 'Layers and colours', find: 'Find a place', findSay: 'Road, grid code, duty grid', road: 'Road',
    by: 'Grids coloured by', by_open: 'Open', by_late: 'Late', by_in_time: 'In time', today: 'Today', days: '{n} days', noneClosed: 'none closed', sayNow: 'By the open cases of this moment', sayInTime: '{period}: share of closed cases never late',
    layers: 'Layers', layer_grids: 'Unit grids', layer_duty: 'Duty grids', layer_colors: 'Grid colours', layer_cases: 'Open cases', layer_components: 'Components', layer_people: 'People on duty',
    allSteps: 'All steps', allTimes: 'All times', casesCut: 'Many cases: only the first are on the map', zoomIn: 'Zoom in to see components', componentsCut: 'Many components here: 500 are shown, zoom in', peopleOff: '{n} without a position',
    things: 'Files', thingsFar: 'Counted by grid; come closer to see each one', thingsNear: 'Click one to open its file', thingsCut: 'Too many here: 500 of a kind are shown; come closer',
    base: 'Base map', base_own: 'Built in', base_vec: 'Tianditu', base_img: 'Imagery',
    list: 'Unit grids', listFind: 'Grid code, duty grid', duty: 'Duty grid', file: 'File of a grid', close: 'Close the file', hectares: 'ha', month: 'Last 30 days', openNow: 'open', lateNow: 'late', reported30: 'new, 30 d', closed30: 'closed, 30 d', inTime30: 'in time, 30 d',
    people: 'Who answers for it', noPeople: 'Nobody in your sight', onDuty: 'on duty until {t}', offDuty: 'not on duty', call: 'Show number', callSay: 'Who looks is kept', noNumber: 'no number given', cases: 'Open cases', noCases: 'No open cases', components: 'Components', gridThings: 'Files', noThings: 'None on the register', noComponents: 'None registered', kind: 'Kind', number: 'Number', broken: 'Not in order', brokenN: '{n} not in order',
  },
}

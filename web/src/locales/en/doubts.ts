export const en = {
  doubts: {
    nav: 'Doubts', title: 'Doubted acts', say: 'A doubt is no verdict: it only stands beside the act, for whoever answers for it to look at and judge.', filters: 'Filters', kinds: 'Kind', units: 'Unit (and those below)', allKinds: 'All kinds', allUnits: 'All units', span: 'Done', days: { 0: 'any time', 1: 'today', 7: 'last 7 days', 30: 'last 30 days' },
    list: 'Doubted acts', count: '{n} doubts', clear: 'Clear filters', none: 'No act is doubted', noneSay: 'Doubts in the units you answer for stand here; with these filters there are none.', more: 'Show more', loading: 'Loading…',
    by: '{who} · {post}', entry: 'entry {n}', openCase: 'Open the case', openOther: 'Open the other case', see: 'Look at it', fold: 'Fold',
    thisOne: 'Photo in this case', otherOne: 'Photo in case {number}', before: 'Earlier photo in this case', gone: 'The photo was erased', taken: 'taken {t}', uploaded: 'uploaded {t}', distance: '{n} m from the place', noPhotos: 'This doubt is about time or place of the act; no photo is concerned.', outOfSight: 'The other case is out of your sight, and so are its photos.', hint: 'Choose a doubt: its case opens here with its whole course.', photo: '{kind}, {t}', unknownKind: 'Photo',
  },
}

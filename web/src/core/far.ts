/** How far something is: `done` of `all`, `share` 0…1. */
export interface Far { done: number; all: number; share: number }
export const far = (done: number, all: number): Far => ({ done, all, share: all ? done / all : 0 })

/** How far a round is: a check by its things, a census by its grids. */
export const farOf = (r: { purpose: 'census' | 'check'; checked: number; things: number; grids_done: number; grids: number }): Far =>
  r.purpose === 'check' ? far(r.checked, r.things) : far(r.grids_done, r.grids)

/** Rounded down, so that 100% is said of nothing that is not done. */
export const percent = (f: Far): number => Math.floor(f.share * 100)

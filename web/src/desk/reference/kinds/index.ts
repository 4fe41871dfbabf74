import type { Kind } from '../kind'
import { calendar } from './calendar'
import { components, conditions, matters } from './catalogue'
import { duties, presence } from './duty'
import { people } from './people'
import { conflicts, gaps, lines, versions } from './responsibility'
import { residents, unmaskings } from './residents'
import { units } from './units'

/** Every kind of thing that can be looked up and changed, in the order of the page's list. */
export const KINDS: Kind[] = [matters, conditions, components, lines, gaps, conflicts, versions, duties, presence, people, unmaskings, residents, units, calendar]

/** A place as it is entered; both numbers or none. */
export interface Place { lon: number | null; lat: number | null; datum: string }

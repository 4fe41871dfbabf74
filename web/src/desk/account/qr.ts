import { encode } from 'uqr'

/** A QR code of a text, drawn in the page, since a secret must reach no server: so many modules wide, the dark ones as one path. */
export function drawQr(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: 'M', border: 0 })
  return { size, path: data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('') }
}

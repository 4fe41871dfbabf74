import { expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader' // comes with barcode-detector
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url&inline'
import { makeQr } from './qr'

prepareZXingModule({ overrides: { wasmBinary: await (await fetch(wasm)).arrayBuffer() } })

/** As a camera would see it: four pixels a module, a quiet zone of four modules. */
function picture(dark: boolean[][]): ImageData {
  const [scale, quiet] = [4, 4]
  const side = (dark.length + 2 * quiet) * scale
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  dark.forEach((row, y) => row.forEach((on, x) => {
    if (!on) return
    for (let dy = 0; dy < scale; dy += 1) for (let dx = 0; dx < scale; dx += 1) data.set([0, 0, 0], (((y + quiet) * scale + dy) * side + (x + quiet) * scale + dx) * 4)
  }))
  return { data, width: side, height: side, colorSpace: 'srgb' } as ImageData
}

// One text of each version from 1 to 10, to the last byte that it holds.
it.each([14, 26, 42, 62, 84, 106, 122, 152, 180, 213])('a text of %i bytes is read back by a reader that is not ours', async (length) => {
  const text = 'otpauth://totp/%E4%B8%80%E7%BD%91:li.qing?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Yiwang&'.repeat(3).slice(0, length)
  const made = makeQr(text)!
  expect(made.length).toBe([14, 26, 42, 62, 84, 106, 122, 152, 180, 213].indexOf(length) * 4 + 21)
  expect((await readBarcodes(picture(made), { formats: ['QRCode'] }))[0]?.text).toBe(text)
})

it('a text that is too long makes none', () => expect(makeQr('x'.repeat(214))).toBe(null))

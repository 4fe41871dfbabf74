import { expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader' // comes with barcode-detector
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url&inline'
import { drawQr } from './qr'

prepareZXingModule({ overrides: { wasmBinary: await (await fetch(wasm)).arrayBuffer() } })

/** As a camera would see it: four pixels a module, a quiet zone of four modules. */
function picture({ size, path }: { size: number; path: string }): ImageData {
  const [scale, quiet] = [4, 4]
  const side = (size + 2 * quiet) * scale
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let dy = 0; dy < scale; dy += 1) for (let dx = 0; dx < scale; dx += 1) data.set([0, 0, 0], (((Number(y) + quiet) * scale + dy) * side + (Number(x) + quiet) * scale + dx) * 4)
  }
  return { data, width: side, height: side, colorSpace: 'srgb' } as ImageData
}

it.each([
  'otpauth://totp/Yiwang:li.qing?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Yiwang',
  `otpauth://totp/%E4%B8%80%E7%BD%91:${encodeURIComponent('社区网格员'.repeat(12))}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=%E4%B8%80%E7%BD%91`,
])('what is drawn is read back: %s', async (text) => {
  expect((await readBarcodes(picture(drawQr(text)), { formats: ['QRCode'] }))[0]?.text).toBe(text)
})

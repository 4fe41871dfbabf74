/** Reads codes in a picture: by the browser itself where it can, else by our own copy of ZXing (WebAssembly, served with the page). */

export type Reader = (picture: HTMLVideoElement) => Promise<string[]>
interface Detector { detect: (picture: HTMLVideoElement) => Promise<{ rawValue: string }[]> }
const FORMATS = ['qr_code', 'data_matrix', 'code_128', 'code_39'] as const

export async function openReader(): Promise<Reader> {
  const own = (globalThis as { BarcodeDetector?: { new (options: { formats: readonly string[] }): Detector; getSupportedFormats: () => Promise<string[]> } }).BarcodeDetector
  const can = own ? await own.getSupportedFormats().catch(() => []) : []
  const detector: Detector = own && can.includes('qr_code') ? new own({ formats: FORMATS.filter((f) => can.includes(f)) }) : await ours()
  return async (picture) => (await detector.detect(picture)).map((found) => found.rawValue)
}

async function ours(): Promise<Detector> {
  const [{ BarcodeDetector, prepareZXingModule }, { default: wasm }] = await Promise.all([import('barcode-detector/ponyfill'), import('zxing-wasm/reader/zxing_reader.wasm?url')])
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true })
  return new BarcodeDetector({ formats: [...FORMATS] })
}

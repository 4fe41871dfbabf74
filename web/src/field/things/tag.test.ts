import { describe, expect, it } from 'vitest'
import { isFresh, readTag } from './tag'

describe('what a tag says', () => {
  it('is its identity, as the reader or a QR code tells it', () => {
    expect(readTag('', '04:a1:b2:c3:d4:e5:f6')).toMatchObject({ uid: '04A1B2C3D4E5F6', reading: { uid: '04A1B2C3D4E5F6' } })
    expect(readTag('04a1b2c3d4e5f6')).toMatchObject({ uid: '04A1B2C3D4E5F6', code: '04a1b2c3d4e5f6' })
  })
  it('of a signing tag is its counter and signature, in the clear or encrypted, wherever the address has them', () => {
    for (const address of ['https://city.example/field/#/tap?uid=04DE5F1EACC040&ctr=00003D&mac=94EED9EE65337086', 'https://city.example/tap?uid=04DE5F1EACC040&ctr=00003D&mac=94EED9EE65337086#x'])
      expect(readTag(address).reading).toEqual({ uid: '04DE5F1EACC040', counter: '00003D', mac: '94EED9EE65337086' })
    expect(readTag('https://city.example/field/#/tap?picc=EF963FF7828658A599F3041510671E88&mac=94EED9EE65337086', '04:00:00:00')).toEqual({
      reading: { picc: 'EF963FF7828658A599F3041510671E88', mac: '94EED9EE65337086' }, uid: null, picc: 'EF963FF7828658A599F3041510671E88', code: '',
    })
  })
  it('is the code of the thing where it is nothing else', () => {
    expect(readTag(' 梯11沪B00003(03) ')).toEqual({ reading: null, uid: null, picc: null, code: '梯11沪B00003(03)' })
    expect(readTag('https://city.example/things?code=B-001')).toMatchObject({ reading: null, code: 'B-001' })
    expect(readTag('https://x.example/c/B-001')).toMatchObject({ reading: null, code: 'B-001' })
    expect(readTag('https://x.example/c/31010101001000021')).toMatchObject({ uid: '31010101001000021' })
    expect(readTag('https://x.example/%E6%A2%AF')).toMatchObject({ code: '梯' })
    expect(readTag('https://x.example/%E6%A')).toMatchObject({ code: '%E6%A' })
    expect(readTag('')).toMatchObject({ reading: null, code: '' })
  })
})

it('a tap of a quarter of an hour ago says nothing of now', () => {
  expect([isFresh(0, 14 * 60_000), isFresh(0, 15 * 60_000)]).toEqual([true, false])
})

/** A photo as it is sent: upright, 1600 px on its longer side, JPEG, without what the camera wrote beside it (place, device). */
export async function shrink(photo: Blob, most = 1600): Promise<Blob> {
  const image = await createImageBitmap(photo, { imageOrientation: 'from-image' })
  const scale = Math.min(1, most / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(image.width * scale))
  canvas.height = Math.max(1, Math.round(image.height * scale))
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  image.close()
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('not a photo'))), 'image/jpeg', 0.82))
}

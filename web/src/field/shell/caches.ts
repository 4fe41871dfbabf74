/** Names of what the service worker keeps and the page fills and counts. */
export const TILES_CACHE = 'yiwang-tiles'
export const SHAPES_CACHE = 'yiwang-shapes'

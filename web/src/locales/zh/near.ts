export const zh = {
  near: { title: '附近', show: '看 {n} 米内', hide: '收起', none: '{n} 米内没有部件和其他在办案件', cases: '附近的在办案件', components: '附近的部件 {n} 个', metres: '{n} 米', map: '附近的地图。图上的都在下面的列表里。' },
}

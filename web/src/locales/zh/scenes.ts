export const zh = {
  scenes: {
    nav: '场景', title: '应用场景', all: '总览', rounds: '排摸与清查', loading: '正在载入…', none: '没有这个场景。', figures: '场景数字', files: '档案清单', map: '地图上看',
    stand: '现状', owed: '逾期与将到期', noneOwed: '没有逾期，也没有将到期的。', course: '近来办理', noneDone: '还没有办理记录。', since: '{t} 起逾期', until: '{t} 到期', visited: '到场检查', damaged: '到场发现损坏',
    troubles: '眼下要紧', noTroubles: '眼下没有要紧的。', more: '另有 {n} 项', lateFor: '逾期 {t}', left: '剩 {t}', ago: '{t}前', open: '进行中的排摸与清查', noRounds: '没有进行中的排摸与清查。', done: '{done}/{all}', damagedN: '损坏 {n}', untilT: '{t} 截止', lateT: '{t} 已到期',
    street: '街道地图。图上的每一处要紧都在旁边的清单里，编号相同。', rotate: '轮流显示', shown: '地图上显示'
  },
}

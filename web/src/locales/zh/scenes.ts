export const zh = {
  scenes: {
    nav: '场景', title: '应用场景', all: '总览', rounds: '排摸与清查', loading: '正在载入…', none: '没有这个场景。', figures: '场景数字', files: '档案清单', map: '地图上看',
    stand: '现状', owed: '逾期与将到期', noneOwed: '没有逾期，也没有将到期的。', course: '近来办理', noneDone: '还没有办理记录。', since: '{t} 起逾期', until: '{t} 到期', visited: '到场检查', damaged: '到场发现损坏',
  },
}

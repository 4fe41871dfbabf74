export const zh = {
  rounds: {
    title: '普查与排查', list: '轮次清单', open: '进行中', over: '已结束', all: '全部', shown: '看哪些', start: '发起一轮', loading: '正在载入…', count: '{n} 轮', more: '再看后面的', none: '还没有轮次', noneSay: '普查把每个网格走一遍；排查把符合条件的逐件查一遍。', hint: '选一轮，它的进度在这里打开。',
    purpose: { census: '普查', check: '排查' }, until: '{t} 截止', lateSince: '{t} 已到期', ended: '{t} 结束', cancelled: '已取消', cancelledWhy: '已取消：{why}', by: '{who} 发起', from: '{t} 起', late: '到期未完成', closed: '已结束',
    things: '{done}/{all} 件', grids: '{done}/{all} 格',
    all_: { check: '应查', census: '现有' }, done: { check: '已查', census: '到过场' }, left: '未查到', damaged: '发现损坏', added: '新增', changed: '变更', gone: '消失', gridsDone: '网格完成', unassigned: '未分派',
    tab: { grids: '逐个网格', people: '逐人', left: { check: '未查到的', census: '还没查看的' }, compare: '与上次普查相比' }, tabs: '这一轮的内容',
    grid: '单元网格', person: '负责人', nobody: '未分派', state: '进度', reported: '完成', at: '{t} 报完', note: '说明', notDone: '未报完', pickAll: '选中所列全部网格', pick: '选中网格 {code}', onlyFree: '只看未分派', ofPerson: '只看{who}的', showAll: '看全部', picked: '已选 {n} 格',
    assign: '分派', assignOf: '分派 {n} 个网格', assignTo: '分给谁', toNobody: '不分给任何人', again: '已报完的也重做', assignSay: '按姓名选人；只列在这里有岗位、能办理这一类的人。',
    close: '结束这一轮', closeSay: '结束后进度不再变化，普查的结果和清单永久保留，供下次比较。', closeLeft: '还有 {n} 未完成。', cancel: '取消这一轮', cancelSay: '取消后不再计入到场，也不与以后的普查比较。', reason: '原因', reasonNeeded: '请填写原因', export: '导出', shut: '收起',
    allGrids: '全部', leftNone: '没有剩下的', leftOver: '普查已结束，剩余清单不再保留；各网格的完成情况见“逐个网格”。', gridsNone: '没有这样的网格', place: '地址', thing: '名称',
    compareFirst: '这是这一类在这一范围的第一次普查，没有可比的。', compareWith: '与“{name}”（{t} 结束）相比', then: '上次', now: '现在', byState: '按状态', byGrid: '按网格', total: '合计',
    form: { title: '发起普查或排查', go: '发起', name: '名称', purpose: '做什么', kind: '类别', ground: '范围', groundSay: '区域名称或编码', groundNeeded: '请选定范围', untilDay: '截止日期', untilTime: '截止时刻', conditions: '查哪些（不选为全部）', states: '状态', assign: '按巡查分工分派各网格', would: { check: '{things} 件，分布在 {grids} 个单元网格', census: '{grids} 个单元网格' }, wouldFree: '其中 {n} 格暂无人巡查', asking: '正在查询…', census: '把范围内每个单元网格走一遍：核对、补登、变更、注销', check: '把符合条件的逐件到场查一遍', nameOf: '{kind}{what} {day}' },
  },
}

export const zh = {
  record: {
    nav: '案卷', title: '案卷查询', search: '查询条件', found: '查到的案件', words: '编号、事项、地点、描述', step: '环节', late: '超期', channel: '来源', reported: '上报日期', since: '上报日期，从', until: '上报日期，到（含）',
    all: '全部', lateYes: '超期过', lateNo: '未超期', matter: '事项', unit: '单位（含下级）', person: '经手人', findMatter: '名称或代码', findUnit: '单位名称', findPerson: '姓名或账号', noneFound: '没有找到',
    boxOn: '只查图上框定的范围', boxClear: '取消框定', clear: '清空', keep: '存为常用', name: '取个名字', save: '保存', kept: '常用查询', drop: '删除常用查询“{name}”',
    count: '共 {n} 件', countMore: '超过 {n} 件', counting: '正在点数…', none: '没有符合条件的案件', colCase: '案件', colPlace: '地点', colTime: '时限', at: '{t} 上报',
    export: '导出 {kind}', exportSay: '导出查到的全部案件，不含描述和任何个人信息', exportBegins: '正在整理 {n} 件…', exporting: '已接收 {size}', exported: '已导出 {n} 件，{size}', exportedMost: '只导出了前 {n} 件（{size}），请缩小范围分次导出', exportStop: '停止', exportStopped: '已停止导出', exportBroke: '导出中断，请重试',
    map: '查到的案件在图上的位置', draw: '框定范围', drawing: '在图上按住拖出一个范围', take: '以当前图面为范围', showing: '图上 {n} 件，为已载入的案件',
    receipt: '下载回执', print: '打印', receiptWaits: '最新记录尚未封存，请十几秒后再试',
  },
}

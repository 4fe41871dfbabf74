export const zh = {
  doubts: {
    nav: '存疑', title: '存疑办理', say: '存疑不等于违规：系统只在办理记录旁记下疑点，由负责人查看后判断。', filters: '筛选', kinds: '疑点', units: '单位（含下级）', allKinds: '全部疑点', allUnits: '全部单位', span: '办理时间', days: { 0: '不限', 1: '今天', 7: '近 7 天', 30: '近 30 天' },
    list: '存疑办理清单', count: '{n} 处疑点', clear: '清空筛选', none: '没有存疑的办理', noneSay: '这里列出您所负责单位的疑点；按现在的筛选没有。', more: '再看后面的', loading: '正在载入…',
    by: '{who} · {post}', entry: '第 {n} 条记录', openCase: '打开案件', openOther: '打开另一案件', see: '查看疑点', fold: '收起',
    thisOne: '本案照片', otherOne: '另一案件 {number} 的照片', before: '本案先前的照片', gone: '照片已删除', taken: '拍摄 {t}', uploaded: '上传 {t}', distance: '距现场 {n} 米', noPhotos: '这处疑点说的是办理的时间或位置，不涉及照片。', outOfSight: '另一案件不在您的辖区，看不到它的照片。', hint: '选一处疑点，案件全过程在这里打开。', photo: '{kind}，{t}', unknownKind: '照片',
  },
}

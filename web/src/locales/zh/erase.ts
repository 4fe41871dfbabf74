export const zh = {
  erase: {
    open: '个人信息', title: '查看或删除个人信息', say: '删除的只是内容：摘要、台账记录和存证都保留，案件的证明照样成立。删除后不能恢复。', shut: '关闭',
    tabs: { photo: '删除照片、语音', words: '删除文字', contact: '上报人联系方式' }, photos: '选择要删除的照片或语音', noPhotos: '没有可删除的照片或语音', texts: '选择要删除的文字', noTexts: '没有可删除的文字', description: '案件描述', entry: '第 {n} 条记录，{who}',
    reason: '事由（记入台账，请勿写姓名、电话）', photoReason: '例如：照片拍到未成年人面部，录音念出姓名', wordsReason: '例如：留言写有住户姓名', sure: '我已核对，同意删除；删除后不能恢复，存证不受影响', doPhoto: '删除', doWords: '删除文字', sending: '正在提交…',
    donePhoto: '已删除，存证保留', doneWords: '文字已删除，存证保留', doneContact: '上报人个人信息已删除，存证保留', gone: '照片已删除', by: '{who}，{t}', why: '事由：{why}', kept: '摘要保留',
    noContact: '没有留下联系方式，或已删除', report: '{channel}，{t} 上报', masked: '打码显示', clear: '明文，请勿外传', secret: '要求保密', purpose: '用途', purposes: { callback: '回访上报人', check: '核实情况', complaint: '处理投诉', oversight: '督察', other: '其他' }, unmask: '查看明文', unmaskReason: '为什么要看', unmaskSay: '查看会留痕，上级看得到。', eraseContact: '删除联系方式', contactSure: '上报人要求删除；删除后不能恢复',
  },
}

export const zh = {
  thing: {
    evidence: '这次到场要凭', short: '还缺{what}：不补齐，这次不算完成这一项', proofThere: '（已有）', proofMissing: '（还缺）',
    proof: { tap: '读标签', signed: '读防复制标签', place: '在现场定位', photo: '现场照片', form: '检查表' },
    title: '档案', lists: '清单', list: { due: '到期', care: '走访', near: '附近', seen: '看过' }, none: { due: '现在没有到期的', care: '现在没有要走访的', near: '附近没有档案', seen: '还没有看过', found: '没有找到' }, noneOffline: '没有网络，只有手机里存下的', age: '{t}前的情况',
    scan: '扫码', nfc: '读 NFC', stopNfc: '停止', holdTag: '请把手机背面贴近标签…', nfcFailed: 'NFC 没有打开：请在手机设置里打开，或改用扫码', aim: '对准标签上的二维码', looking: '正在查这个标签…',
    unknownTag: '没有登记过这个标签或编码', unknownOffline: '手机里没有这个标签；没有网络，可先在“看过”里找', tagRead: '标签已读', noTag: '还没有读标签：读过才能证明到场', tagElsewhere: '这个标签不是这一件的',
    check: '到场检查', damaged: '有损坏', damagedSay: '会立为案件派人处置，请拍照', photo: '现场照片', away: '相距 {far}', notKept: '这份档案没有存在手机里，联网后可看', add: '建档', addTitle: '新发现，建档',
    lack: { fields: '有项目没填或有误', place: '定位' },
  },
}

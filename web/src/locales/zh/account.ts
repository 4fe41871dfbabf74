export const zh = {
  account: {
    title: '我的账号', say: '登录密码、第二验证、登录的设备。', loading: '正在载入…', cancel: '取消', failed: '没有办成，请重试',
    passwordTitle: '登录密码', old: '现在的密码', fresh: '新密码', again: '再输一次新密码', different: '两次输入的新密码不一样', change: '修改密码', changeSay: '修改后，其他设备上的登录全部退出。', changed: '密码已修改，其他设备已退出',
    factors: '第二验证', factorsSay: '登录时除密码外再验一次；审批、查看或删除个人信息前也要用到。', none: '还没有启用第二验证', noneSay: '只有密码时，密码被盗就等于账号被盗。', kind: { totp: '动态口令', webauthn: '安全密钥' }, added: '{t} 启用', used: '{t} 用过', neverUsed: '还没有用过',
    proven: '本次登录已确认是您本人', addTotp: '添加动态口令', addKey: '添加安全密钥', name: '名称', phone: '手机', keyName: '安全密钥', password: '登录密码', passwordSay: '第一次启用，请先输入登录密码', goOn: '继续', touch: '请在浏览器提示时触碰或插入安全密钥', noKeys: '此浏览器或此网址不支持安全密钥', keyFailed: '安全密钥没有登记成功',
    scan: '用验证器应用扫描', scanSay: '扫不了时，把下面的密钥输入应用，类型选“基于时间”。', secret: '密钥', copy: '复制', copied: '已复制', openApp: '在本机的验证器中打开', firstCode: '应用显示的六位口令', confirm: '确认启用', enabled: '已启用{kind}，其他设备已退出',
    remove: '停用', removeSure: '停用“{name}”？以后登录不再验它。', removed: '已停用', removeLast: '这是最后一项，停用后登录只凭密码，恢复码一并作废。',
    recovery: '恢复码', recoveryLeft: '还剩 {n} 个', renew: '重新生成恢复码', renewSure: '重新生成后，原有恢复码全部作废。', recoveryTitle: '请抄下或打印恢复码，只显示这一次', recoverySay: '手机或密钥不在身边时，用恢复码代替动态口令登录，每个只能用一次。', download: '保存为文本文件', kept: '我已收好',
    sessions: '登录的设备', here: '本机', seen: '{t} 用过', since: '{t} 登录', leave: '退出这台设备', leaveOthers: '退出其他所有设备', left: '已退出', device: '未知设备', onlyHere: '没有其他设备登录',
    signIns: '最近的登录', signInsSay: '有不认识的，请马上修改密码并报告安全管理员。', noSignIns: '没有登录记录', outcome: { signed_in: '登录', demo: '一键登录（演示）', refused: '密码不对', locked: '试错太多，暂时锁定', password_right: '密码正确，待第二验证', signed_out: '退出', factor_shown: '第二验证通过', factor_refused: '第二验证不对', recovery_used: '用了恢复码' },
  },
}

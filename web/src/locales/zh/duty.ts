export const zh = {
  duty: {
    title: '上岗',
    bar: { off: '未上岗', go: '去上岗', on: '在岗', sharing: '正在报告位置', within: '±{n} 米', seeking: '正在定位…', denied: '未获定位许可', lost: '暂时定不到位', offline: '没有网络，位置稍后补报', open: '打开上岗页' },
    switch: { come: '上岗', going: '下岗', as: '岗位', onAs: '{post}', unit: '{unit}', since: '{t} 上岗', endsBy: '{t} 未下岗将自动下岗', planned: '排班至 {t}', unplanned: '此时没有排班，也可以上岗', sure: '确定下岗？下岗后立即停止报告位置。', yes: '确定下岗', no: '继续在岗' },
    privacy: '只在岗时报告位置：本单位指挥人员和在岗同事可见。下岗即删除当前位置，轨迹保存 24 小时。',
    deniedHelp: '请在浏览器设置中允许本页使用定位。不允许也可以上岗，但同事看不到您在哪里。',
    keepOpen: '保持本页打开才能持续报告；锁屏或切换应用时会暂停。',
    near: { title: '附近在岗', none: '附近 {n} 公里内没有其他在岗人员', waiting: '定位后显示附近的同事', off: '上岗后可以看到附近的在岗同事', metres: '{n} 米', km: '{n} 公里', now: '刚刚', ago: '{t}前', old: '位置已旧', call: '呼叫', callOf: '呼叫{name}', noPhone: '没有登记电话', refresh: '刷新', list: '附近在岗人员，由近及远', logged: '查看号码会留痕' },
    push: { title: '接收新任务提醒', why: '有新派单、核实任务、退单审定、督办或应急时，手机会弹出提醒。提醒里只有案件编号，不含个人信息。', on: '开启提醒', off: '关闭提醒', later: '以后再说', isOn: '已开启任务提醒', blocked: '浏览器已禁止提醒。要开启，请在浏览器的网站设置中允许通知。', failed: '没能开启：本机浏览器的推送服务连不上。打开应用时仍能看到全部任务。' },
    nobody: '您的岗位不需要上岗。',
  },
}

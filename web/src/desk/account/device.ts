/** A browser's own words of itself, made short: "Chrome · Windows". What is not known stays as it is. */
const BROWSERS: [RegExp, string][] = [[/MicroMessenger/, '微信 WeChat'], [/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/(Chrome|Chromium|CriOS)\//, 'Chrome'], [/Safari\//, 'Safari']]
const SYSTEMS: [RegExp, string][] = [[/HarmonyOS/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']]

export function deviceOf(agent: string): string {
  const named = [BROWSERS, SYSTEMS].map((known) => known.find(([sign]) => sign.test(agent))?.[1]).filter(Boolean)
  return named.length ? named.join(' · ') : agent.slice(0, 60)
}

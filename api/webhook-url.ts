import { BlockList, isIP } from 'node:net'

/** Addresses no webhook may reach: private, local, reserved, and those that carry an IPv4 address inside (IANA special-purpose registries). */
const blocked = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24],
  ['192.0.2.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) blocked.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::', 128], ['::1', 128], ['::ffff:0:0', 96], ['64:ff9b::', 96], ['100::', 64], ['2001::', 23], ['2001:db8::', 32], ['2002::', 16],
  ['fc00::', 7], ['fe80::', 10], ['ff00::', 8],
] as const) blocked.addSubnet(net, prefix, 'ipv6')

const LOCAL_NAMES = /(^|\.)(localhost|local|internal|lan|intranet|home\.arpa)$/

/**
 * Why a webhook may not have this address, or undefined. Public https on port 443 only, except targets listed as `host:port` in
 * WEBHOOK_ALLOW, where http is fine too. A name can resolve to anything later: the sender checks the address it connects to again.
 */
export function refusalOf(text: string, allow: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return 'is no URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.hash !== '') return 'must not hold a fragment'
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const host = url.hostname.toLowerCase().replace(/\.$/, '')
  if (allow.includes(`${host}:${port}`)) return undefined
  if (url.protocol !== 'https:') return 'must begin with https://'
  if (port !== '443') return `must use port 443, unless ${host}:${port} is listed in CALLBOARD_WEBHOOK_ALLOW`
  return isPrivateHost(host) ? `is not a public address; list ${host}:${port} in CALLBOARD_WEBHOOK_ALLOW to send there` : undefined
}

/** `host` as the URL parser gives it: odd spellings of IPv4 addresses are already plain, IPv6 stands in brackets. */
function isPrivateHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version !== 0) return isBlockedAddress(address)
  return !host.includes('.') || LOCAL_NAMES.test(host)
}

/** Whether an address of a webhook's host lies inside this network or is reserved. */
export function isBlockedAddress(address: string): boolean {
  return blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** Addresses no webhook may reach: private, local, reserved, and those that carry an IPv4 address inside (IANA special-purpose registries). */
const blocked4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 ' +
  '198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
const blocked6 =
  '::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ' +
  'fec0::/10 ff00::/8'
// Two lists: in one list the mapped range ::ffff:0:0/96 would block every IPv4 address.
const lists = { 4: toBlockList(blocked4, 'ipv4'), 6: toBlockList(blocked6, 'ipv6') }

const LOCAL_NAMES = /(^|\.)(localhost|local|internal|lan|intranet|home\.arpa)$/

/**
 * Why a webhook may not have this address, or undefined. Public https on port 443 only, except targets listed as `host:port` in
 * WEBHOOK_ALLOW, where http is fine too. A name can resolve to anything later: the sender asks `resolveTarget` each time.
 */
export function refusalOf(text: string, allow: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return 'is no URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (url.hash !== '') return 'must not hold a fragment'
  const { host, port } = placeOf(url)
  if (allow.includes(`${host}:${port}`)) return undefined
  if (url.protocol !== 'https:') return 'must begin with https://'
  if (port !== '443') return `must use port 443, unless ${host}:${port} is listed in CALLBOARD_WEBHOOK_ALLOW`
  return isPrivateHost(host) ? `is not a public address; list ${host}:${port} in CALLBOARD_WEBHOOK_ALLOW to send there` : undefined
}

export type Target = { ok: true; url: URL; address: string; family: number } | { ok: false; reason: string }

/**
 * Decides, at each delivery, to which single IP address a webhook is sent. The caller connects to that address only, so a name that
 * answers differently the second time gains nothing. Refused unless every address the name has is public, or the target is allowed.
 */
export async function resolveTarget(text: string, allow: readonly string[]): Promise<Target> {
  const reason = refusalOf(text, allow)
  if (reason !== undefined) return { ok: false, reason: `the address ${reason}` }
  const url = new URL(text)
  const { host, port } = placeOf(url)
  const addresses = await addressesOf(host.replace(/^\[|\]$/g, ''))
  const first = addresses[0]
  if (!first) return { ok: false, reason: 'the name does not resolve' }
  if (!allow.includes(`${host}:${port}`) && addresses.some((a) => isBlocked(a.address)))
    return { ok: false, reason: 'the name resolves to an address that is not public' }
  return { ok: true, url, ...first }
}

async function addressesOf(host: string): Promise<{ address: string; family: number }[]> {
  if (isIP(host)) return [{ address: host, family: isIP(host) }]
  try {
    return await lookup(host, { all: true, verbatim: true })
  } catch {
    return []
  }
}

function placeOf(url: URL): { host: string; port: string } {
  return { host: url.hostname.toLowerCase().replace(/\.$/, ''), port: url.port || (url.protocol === 'https:' ? '443' : '80') }
}

/** `host` as the URL parser gives it: odd spellings of IPv4 addresses are already plain, IPv6 stands in brackets. */
function isPrivateHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  return isIP(address) ? isBlocked(address) : !host.includes('.') || LOCAL_NAMES.test(host)
}

function isBlocked(address: string): boolean {
  return isIP(address) === 6 ? lists[6].check(address, 'ipv6') : lists[4].check(address, 'ipv4')
}

function toBlockList(networks: string, family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks.split(' ')) {
    const [address = '', prefix] = network.split('/')
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}

import { lookup as dnsLookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** Targets inside the network that the installation allows by name: `host:port`. Everything else must be public https on 443. */
export interface TargetPolicy {
  allow: readonly string[]
}

export type Target = { ok: true; url: URL; address: string; family: number } | { ok: false; reason: string }

const refused = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  refused.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  refused.addSubnet(net, bits, 'ipv6')

/**
 * Decides whether a webhook may be sent to `address`, and to which single IP address. Resolved once and pinned: the caller
 * connects to that address only, so a name that answers differently the second time gains nothing.
 */
export async function resolveTarget(address: string, policy: TargetPolicy): Promise<Target> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url) return { ok: false, reason: 'not a URL' }
  const isAllowed = policy.allow.includes(`${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`)
  const problem = problemOf(url, isAllowed)
  if (problem !== undefined) return { ok: false, reason: problem }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  let addresses: { address: string; family: number }[]
  try {
    addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await dnsLookup(host, { all: true, verbatim: true })
  } catch {
    return { ok: false, reason: 'the name does not resolve' }
  }
  const bad = isAllowed ? undefined : addresses.find((a) => refused.check(a.address, a.family === 6 ? 'ipv6' : 'ipv4'))
  if (bad) return { ok: false, reason: 'the name resolves to an address that is not public' }
  const first = addresses[0]
  return first ? { ok: true, url, ...first } : { ok: false, reason: 'the name does not resolve' }
}

function problemOf(url: URL, isAllowed: boolean): string | undefined {
  if (url.username !== '' || url.password !== '') return 'the URL holds credentials'
  if (isAllowed) return url.protocol === 'https:' || url.protocol === 'http:' ? undefined : 'only http and https'
  if (url.protocol !== 'https:') return 'only https'
  return url.port === '' ? undefined : 'only port 443'
}

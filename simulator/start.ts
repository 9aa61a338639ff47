/** What the demo can play. Until the engine knows profiles, all of them are the voice and chat centre with other chances. */
export interface ProfileInfo {
  name: string
  title: string
  description: string
}

export const profileList: readonly ProfileInfo[] = [
  {
    name: 'omnichannel',
    title: 'Voice and chat centre',
    description: '48 agents, 8 queues: calls and chats with live transcripts and alerts',
  },
  { name: 'inbound-voice', title: 'Inbound voice', description: 'Calls only: queues, service level, callbacks' },
  {
    name: 'outbound-campaign',
    title: 'Outbound collections',
    description: 'A dialler campaign: answering machines, short calls, promises',
  },
  {
    name: 'outbound-preview-and-notices',
    title: 'Outbound: preview and notices',
    description: 'Agents see the case before they call; notices need no agent',
  },
  {
    name: 'hybrid-ivr-only',
    title: 'Hybrid: Connect IVR, legacy agents',
    description: 'Amazon Connect answers, agents take the call on the old platform',
  },
  {
    name: 'hybrid-agent-only',
    title: 'Hybrid: legacy IVR, Connect agents',
    description: 'The old platform answers, agents work in Amazon Connect',
  },
  { name: 'hybrid-mixed', title: 'Hybrid: both ways', description: 'Calls cross between the platforms in both directions' },
  {
    name: 'migration-line-of-business',
    title: 'Both platforms, moving by line of business',
    description: 'One line of business after the other moves to Amazon Connect',
  },
  { name: 'migration-site', title: 'Moving by site', description: 'One site after the other moves to Amazon Connect' },
  { name: 'migration-ivr-first', title: 'Moving the IVR first', description: 'The menu moves first, agents follow' },
  { name: 'vdi', title: 'Virtual desktops', description: 'Agents on virtual desktops: sound quality and reconnections' },
]

// A made-up contact centre for the preview server. Development only: nothing here is a model of Amazon Connect, and no figure is computed
// the way Callboard computes it. It only moves plausibly, so that the pages can be looked at.

let seed = Number(process.env.PREVIEW_SEED ?? 7)
export function random() {
  seed = (seed * 1664525 + 1013904223) >>> 0
  return seed / 2 ** 32
}
const pick = (list) => list[Math.floor(random() * list.length)]
const iso = (ms) => new Date(ms).toISOString()
let counter = 0
const id = (prefix) => {
  counter += 1
  return `${prefix}${counter.toString(16).padStart(4, '0')}-4d1c-8e2f-${Math.floor(random() * 1e12)
    .toString(16)
    .padStart(10, '0')}`
}

const queueNames = [
  'Billing',
  'Sales',
  'Support',
  'Cancellations',
  'Orders & delivery',
  'Technical help',
  'Premium',
  'Chat',
  'Claims',
  'Renewals',
  'Partners',
  'Portuguese',
  'Spanish',
  'Back office',
]
const first = [
  'Ana',
  'Bruno',
  'Carla',
  'Diogo',
  'Eva',
  'Filipe',
  'Grace',
  'Hugo',
  'Inês',
  'João',
  'Kim',
  'Laura',
  'Miguel',
  'Nina',
  'Oscar',
  'Paula',
  'Rui',
  'Sofia',
  'Tiago',
  'Vera',
]
const last = [
  'Costa',
  'Silva',
  'Pereira',
  'Okafor',
  'Martins',
  'Lopes',
  'Nakamura',
  'Almeida',
  'Ferreira',
  'Weber',
  'Santos',
  'Rocha',
  'Dubois',
]
const customerSays = [
  ['I have been waiting for my refund for three weeks now.', 'NEGATIVE'],
  ['I want to cancel everything, this is the third time I call.', 'NEGATIVE'],
  ['Yes, the order number is [PII].', 'NEUTRAL'],
  ['That is not what your colleague told me yesterday.', 'NEGATIVE'],
  ['Thank you, that is very kind of you.', 'POSITIVE'],
  ['Could you check it again, please?', 'NEUTRAL'],
  ['I would like to speak to a manager.', 'NEGATIVE'],
  ['Perfect, that solves it.', 'POSITIVE'],
  ['It says the payment was taken twice.', 'NEGATIVE'],
  ['I moved house in March.', 'NEUTRAL'],
  ['Yes, that is right.', 'NEUTRAL'],
  ['Great, thanks a lot.', 'POSITIVE'],
  ['And when will it arrive?', 'NEUTRAL'],
  ['No, nothing else for today.', 'NEUTRAL'],
]
const agentSays = [
  ['Good morning, you are speaking with the service centre. How can I help?', 'NEUTRAL'],
  ['I am sorry to hear that, let me look at it right away.', 'NEUTRAL'],
  ['I have found it. The amount will be with you on Friday.', 'POSITIVE'],
  ['May I put you on hold for a moment?', 'NEUTRAL'],
  ['Could you give me the last four digits, please?', 'NEUTRAL'],
  ['I understand, and I will take care of it myself.', 'POSITIVE'],
]
const rules = [
  { words: 'cancel everything', name: 'Wants to cancel', severity: 'critical' },
  { words: 'speak to a manager', name: 'Asks for a manager', severity: 'warning' },
  { words: 'payment was taken twice', name: 'Double payment', severity: 'warning' },
]

export function createWorld({ queueCount, agentCount }) {
  const start = Date.now()
  const queues = queueNames.slice(0, queueCount).map((name, i) => ({
    id: `q-${i}`,
    name,
    target: { seconds: i === 7 ? 60 : 20, percent: 80 },
    offered: i === queueCount - 1 ? 7 : 60 + Math.floor(random() * 160),
    within: 0,
    abandoned: 0,
    offered30: i === queueCount - 1 ? 3 : 18 + Math.floor(random() * 20),
    sl30: 78 + random() * 21,
    answerSeconds: 8 + random() * 20,
  }))
  for (const q of queues) {
    q.within = Math.floor(q.offered * (0.78 + random() * 0.2))
    q.abandoned = Math.floor(q.offered * (0.01 + random() * 0.06))
  }
  const agents = Array.from({ length: agentCount }, (_, i) => ({
    id: `a-${i}`,
    name: `${first[i % first.length]} ${last[(i * 7) % last.length]}`,
    state: 'available',
    since: start - random() * 400_000,
    status: 'Available',
    contact: null,
    lastEventAt: start - random() * 60_000,
    queues: [queues[i % queues.length], queues[(i * 3 + 1) % queues.length]],
  }))
  const contacts = new Map()
  const turns = new Map()
  const alerts = new Map()
  const events = []

  function arrive(queue, now) {
    const contactId = id('c')
    contacts.set(contactId, {
      id: contactId,
      queue,
      channel: queue.name === 'Chat' ? 'CHAT' : 'VOICE',
      state: 'queued',
      since: now,
      enqueuedAt: now,
      connectedAt: null,
      endedAt: null,
      agent: null,
      categories: [],
      patience: 25_000 + random() * 140_000,
      nextTurnAt: 0,
      talkUntil: 0,
      sums: { CUSTOMER: [], AGENT: [] },
    })
  }
  function connect(c, agent, now) {
    Object.assign(c, {
      state: 'connected',
      since: now,
      connectedAt: now,
      agent,
      nextTurnAt: now + 500,
      talkUntil: now + 60_000 + random() * 420_000,
    })
    Object.assign(agent, { state: 'onContact', since: now, contact: c, lastEventAt: now })
    turns.set(c.id, [])
  }
  function say(c, now) {
    const list = turns.get(c.id)
    const open = list.find((t) => t.partial)
    if (open) {
      const words = open.full.split(' ')
      const shown = Math.min(words.length, open.text.split(' ').length + 3)
      open.text = words.slice(0, shown).join(' ')
      c.nextTurnAt = now + 700
      if (shown < words.length) return
      Object.assign(open, { partial: false, sentiment: open.tone, end: now - c.connectedAt })
      c.sums[open.role].push(open.tone)
      c.nextTurnAt = now + 900 + random() * 3000
      judge(c, open, now)
      return
    }
    const role = list.length % 2 === 0 ? 'AGENT' : 'CUSTOMER'
    const [full, tone] =
      list.length === 0
        ? agentSays[0]
        : pick(role === 'AGENT' ? agentSays : c.angry ? customerSays.filter(([, s]) => s === 'NEGATIVE') : customerSays)
    list.push({
      segmentId: id('s'),
      role,
      full,
      tone,
      text: full.split(' ').slice(0, 2).join(' '),
      partial: true,
      sentiment: null,
      begin: now - c.connectedAt,
      end: null,
      at: now,
    })
    c.nextTurnAt = now + 600
  }
  function judge(c, turn, now) {
    const rule = turn.role === 'CUSTOMER' && rules.find((r) => turn.full.includes(r.words))
    if (!rule || [...alerts.values()].some((a) => a.contact === c && a.rule === rule) || random() < 0.5) return
    const at = turn.full.indexOf(rule.words)
    const alert = {
      id: id('al'),
      rule,
      contact: c,
      at: now,
      turn,
      highlight: [at, at + rule.words.length],
      history: [{ state: 'raised', at: iso(now), by: null }],
    }
    alerts.set(alert.id, alert)
    if (!c.categories.includes(rule.name)) c.categories.push(rule.name)
    events.push(alert)
  }

  function step(now) {
    for (const q of queues) if (random() < (q.name === 'Billing' ? 0.009 : 0.0036)) arrive(q, now)
    for (const c of contacts.values()) {
      if (c.state === 'queued' && !c.held) {
        const agent = agents.find((a) => a.state === 'available' && !a.stale && (a.queues.includes(c.queue) || random() < 0.002))
        if (agent) {
          Object.assign(c, { state: 'offered', since: now, offeredTo: agent })
          Object.assign(agent, {
            state: 'incoming',
            since: now,
            contact: c,
            lastEventAt: now,
            answerAt: now + 1500 + random() * 9000 * (random() < 0.1 ? 4 : 1),
          })
        } else if (now - c.enqueuedAt > c.patience) {
          Object.assign(c, { state: 'ended', since: now, endedAt: now, outcome: 'abandoned' })
          c.queue.offered += 1
          c.queue.abandoned += 1
        }
      } else if (c.state === 'connected' && now >= c.nextTurnAt) say(c, now)
      if (c.state === 'ended' && now - c.endedAt > 600_000) contacts.delete(c.id)
    }
    for (const a of agents) stepAgent(a, now)
    for (const al of alerts.values()) {
      const age = now - al.at
      if (al.history.length === 1 && age > 3000) al.history.push({ state: 'confirmed', at: iso(now), by: null })
      if (age > 400_000) alerts.delete(al.id)
    }
  }
  function stepAgent(a, now) {
    if (a.stale) return
    if (now - a.lastEventAt > 120_000) a.lastEventAt = now
    const to = (state, extra = {}) => Object.assign(a, { state, since: now, lastEventAt: now, ...extra })
    if (a.state === 'incoming' && now >= a.answerAt) {
      a.contact.queue.offered += 1
      a.contact.queue.offered30 += 1
      if (now - a.contact.enqueuedAt < a.contact.queue.target.seconds * 1000) a.contact.queue.within += 1
      connect(a.contact, a, now)
      if (random() < 0.06) a.contact.angry = true
    } else if (a.state === 'onContact' && now >= a.contact.talkUntil) {
      Object.assign(a.contact, { state: 'ended', since: now, endedAt: now, outcome: 'answered', disconnectedAt: now })
      for (const t of turns.get(a.contact.id)) Object.assign(t, { partial: false, sentiment: t.sentiment ?? t.tone })
      to('afterContactWork', { until: now + 10_000 + random() * 60_000 * (random() < 0.15 ? 6 : 1) })
    } else if (a.state === 'onContact' && random() < 0.0004) {
      a.contact.state = a.contact.state === 'onHold' ? 'connected' : 'onHold'
      a.contact.since = now
    } else if (a.state === 'onContact' && a.contact.state === 'onHold' && random() < 0.004) {
      Object.assign(a.contact, { state: 'connected', since: now })
    } else if (a.state === 'afterContactWork' && now >= a.until) {
      if (random() < 0.12)
        to('nonProductive', {
          contact: null,
          status: pick(['Break', 'Lunch', 'Training', 'Meeting']),
          until: now + 60_000 + random() * 300_000,
        })
      else to('available', { contact: null, status: 'Available' })
    } else if (a.state === 'nonProductive' && now >= a.until) to('available', { status: 'Available' })
  }

  // Some hours pass before anybody looks.
  agents.slice(0, 2).forEach((a) => Object.assign(a, { stale: true, lastEventAt: start - 420_000 }))
  for (let t = start - 900_000; t < start; t += 250) step(t)
  events.length = 0
  if (process.env.PREVIEW_LONG === '1') {
    // A caller and two agents whom a clock of hours must fit.
    const hours = (n) => start - n * 3_600_000 - 300_000
    arrive(queues[0], hours(12))
    Object.assign([...contacts.values()].at(-1), { patience: Infinity, state: 'queued', held: true })
    for (const [i, status] of ['Back office', 'Training'].entries())
      Object.assign(agents[10 + i], { state: 'nonProductive', status, since: hours(8), until: Infinity, contact: null, lastEventAt: start })
  }
  return { queues, agents, contacts, turns, alerts, events, step }
}

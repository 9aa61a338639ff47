export type Language = 'en-GB' | 'pt-PT'
export type Intent =
  | 'billing'
  | 'order'
  | 'returns'
  | 'technical'
  | 'cancellation'
  | 'sales'
  | 'portuguese'
  | 'complaint'
  | 'appointment'
  | 'account-access'
  | 'claim'
  | 'collections'
  | 'delivery'
export type Tone = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE'

export interface Lines {
  /** First thing the customer says. */
  problem: readonly string[]
  detail: readonly string[]
  upset: readonly string[]
  /** What the agent asks and does. */
  work: readonly string[]
}

/** What fits any conversation in one language. */
export interface CommonLines {
  greeting: readonly string[]
  work: readonly string[]
  filler: readonly string[]
  solved: readonly string[]
  glad: readonly string[]
  sour: readonly string[]
  goodbye: readonly string[]
}

export const english: CommonLines = {
  greeting: [
    'Thank you for calling, how can I help you today?',
    'Good day, you are through to the service desk. What can I do for you?',
    'Hello and thank you for waiting, how may I help?',
  ],
  work: [
    'Let me open your account, this takes a moment.',
    'Thank you, I have that on my screen now.',
    'I understand, and I will look into it straight away.',
    'May I ask you for the reference on your last letter?',
    'I am checking this with our other team while we speak.',
    'Just to be sure I have it right, may I read it back to you?',
    'I have added a note so that you will not have to explain it again.',
  ],
  filler: [
    'Yes, that is right.',
    'All right, I will wait.',
    'Let me look for it, one second.',
    'Yes, I have it here in front of me.',
    'No, nothing else has changed.',
  ],
  solved: [
    'That is done now, you will get a confirmation by mail.',
    'I have put that right for you, it shows from tomorrow.',
    'Everything is set, is there anything else I can do?',
  ],
  glad: [
    'That is great, thank you so much for your help.',
    'Perfect, that was much easier than I expected.',
    'Wonderful, you have been really helpful.',
  ],
  sour: [
    'I am still not happy with how long this took.',
    'This is not good enough, I will have to think about it.',
    'I expected better than this, honestly.',
  ],
  goodbye: ['Thank you for calling and have a good day.', 'You are welcome, goodbye.', 'Thank you for your patience, goodbye.'],
}

export const portuguese: CommonLines = {
  greeting: ['Bom dia, obrigado por ligar. Em que posso ajudar?', 'Olá, fala com o apoio ao cliente. Como posso ajudar?'],
  work: [
    'Vou abrir a sua conta, é só um momento.',
    'Obrigado, já tenho essa informação aqui.',
    'Compreendo, vou tratar disso agora mesmo.',
    'Pode indicar-me a referência da última carta?',
    'Estou a confirmar com a outra equipa.',
  ],
  filler: ['Sim, está correto.', 'Está bem, eu espero.', 'Só um segundo, vou procurar.', 'Não, não mudou mais nada.'],
  solved: ['Já está resolvido, vai receber uma confirmação por correio.', 'Ficou tudo tratado, posso ajudar em mais alguma coisa?'],
  glad: ['Que bom, muito obrigado pela ajuda.', 'Perfeito, foi mais fácil do que eu pensava.'],
  sour: ['Continuo sem estar satisfeito com esta demora.', 'Sinceramente, esperava melhor.'],
  goodbye: ['Obrigado por ligar e tenha um bom dia.', 'De nada, até à próxima.'],
}

export const lines: Partial<Record<Intent, Lines>> = {
  billing: {
    problem: [
      'My invoice this month is twice what I normally pay.',
      'I was charged for a service that I never ordered.',
      'I cannot see why my direct debit went up again.',
    ],
    detail: [
      'The amount on page two is the one I do not understand.',
      'I did change my plan, but that was in spring.',
      'The payment went out on the first of the month.',
      'I have paid the other one in full already.',
    ],
    upset: [
      'This is the third time the bill is wrong.',
      'Nobody told me about this charge and I am really annoyed.',
      'I keep paying for mistakes that are not mine.',
    ],
    work: [
      'I can see the extra line on your invoice.',
      'I will credit that amount to your account.',
      'The charge belongs to the old plan, let me remove it.',
    ],
  },
  order: {
    problem: [
      'I would like to know where my parcel is.',
      'I ordered two lamps and only one has arrived.',
      'Can I still change the address on my order?',
    ],
    detail: [
      'The tracking page has not moved since Monday.',
      'The order came in a small brown box.',
      'I ordered it as a gift for the weekend.',
      'The confirmation said three working days.',
    ],
    upset: [
      'It was promised for last week and nothing has come.',
      'I stayed at home all day for a parcel that never came.',
      'Your tracking page is useless.',
    ],
    work: [
      'I can see the parcel at the local depot.',
      'I will ask the carrier to deliver it tomorrow morning.',
      'The second lamp ships separately, it leaves today.',
    ],
  },
  returns: {
    problem: [
      'I want to send back a jacket that does not fit.',
      'The kettle I bought stopped working after two days.',
      'I sent something back and have no refund yet.',
    ],
    detail: [
      'I still have the box and the receipt.',
      'I dropped it at the parcel shop a week ago.',
      'The label you sent me cannot be printed.',
      'I would rather have another size than the money.',
    ],
    upset: [
      'I have waited three weeks for my own money.',
      'The replacement is broken as well, that is terrible.',
      'Nobody answers the mails about my refund.',
    ],
    work: [
      'I am sending you a new label right now.',
      'The refund is approved and on its way.',
      'We will collect it from your home at no cost.',
    ],
  },
  technical: {
    problem: [
      'The connection drops every evening around eight.',
      'I cannot sign in after the last update.',
      'The box shows a red light and nothing works.',
    ],
    detail: [
      'I have restarted it twice already.',
      'It happens on the phone and on the computer.',
      'The light turns green for a minute and then goes off.',
      'It worked without a problem until yesterday.',
    ],
    upset: [
      'I work from home and this makes it impossible.',
      'I have called about this every week, it is so frustrating.',
      'The technician never showed up.',
    ],
    work: [
      'Please unplug the box and count to ten.',
      'I am running a test on your line now.',
      'I can see the fault, I will reset the port from here.',
    ],
  },
  cancellation: {
    problem: [
      'I would like to end my contract.',
      'I found a cheaper offer and want to leave.',
      'I am moving abroad and need to close my account.',
    ],
    detail: [
      'My contract should run until the end of the quarter.',
      'I do not use the television package at all.',
      'My neighbour pays a lot less for the same.',
      'I would stay if the price were fair.',
    ],
    upset: [
      'I asked to cancel my subscription a month ago and nothing happened.',
      'You make it far too hard to leave.',
      'I am tired of asking for the same thing.',
    ],
    work: [
      'May I ask what made you decide to leave?',
      'I could offer you a lower price for the next year.',
      'I will send you the confirmation of the end date.',
    ],
  },
  sales: {
    problem: [
      'I saw your offer and would like to know more.',
      'I am looking for a plan for a family of four.',
      'Do you still have the starter package?',
    ],
    detail: [
      'We use about twice as much as last year.',
      'It should not cost more than what we pay now.',
      'I would need it before the end of the month.',
      'How long would I be bound to it?',
    ],
    upset: ['The price on your page was lower than that.', 'I do not like all these hidden extras.', 'That sounds far too expensive.'],
    work: ['For a family I would suggest the large plan.', 'The set-up is free until Friday.', 'You can change or leave every month.'],
  },
  portuguese: {
    problem: ['A minha fatura deste mês está errada.', 'Queria saber onde está a minha encomenda.', 'A internet cai todas as noites.'],
    detail: [
      'O valor da segunda página não faz sentido.',
      'A encomenda devia ter chegado na segunda-feira.',
      'Já reiniciei o equipamento duas vezes.',
      'Funcionou sem problemas até ontem.',
    ],
    upset: [
      'É a terceira vez que ligo por causa disto.',
      'Ninguém me avisou e estou muito aborrecido.',
      'Isto é inaceitável, quero cancelar tudo.',
    ],
    work: ['Vejo aqui a linha a mais na sua fatura.', 'Vou pedir a entrega para amanhã de manhã.', 'Estou a fazer um teste à sua linha.'],
  },
}

/** Words that make a Contact Lens category match, as an analyst would set up the rules. */
export const categories: readonly { name: string; words: RegExp }[] = [
  { name: 'Cancellation intent', words: /\b(cancel|end my contract|want to leave|cancelar)\b/i },
  { name: 'Repeated contact', words: /\b(third time|every week|terceira vez|tired of asking)\b/i },
  { name: 'Refund', words: /\b(refund|credit that amount)\b/i },
  { name: 'Price objection', words: /\b(expensive|cheaper|lower price|pays a lot less)\b/i },
]

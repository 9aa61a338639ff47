import type { CommonLines } from '../lines.ts'

export const common: CommonLines = {
  greeting: [
    'Bom dia, obrigado por ligar. Em que posso ajudar?',
    'Olá, fala com o apoio ao cliente. Como posso ajudar?',
    'Boa tarde e obrigada pela espera, o que se passa?',
  ],
  chatGreeting: ['Olá, bem-vindo ao nosso chat. Como posso ajudar?', 'Boa tarde, já li a sua mensagem. Pode contar-me mais?'],
  work: [
    'Vou abrir a sua conta, é só um momento.',
    'Obrigado, já tenho essa informação aqui.',
    'Compreendo, vou tratar disso agora mesmo.',
    'Pode indicar-me a referência da última carta?',
    'Estou a confirmar com a outra equipa.',
    'A sua referência de hoje é {order}.',
    'Vou deixar uma nota para não ter de explicar outra vez.',
    'Posso repetir, para ver se percebi bem?',
  ],
  filler: [
    'Sim, está correto.',
    'Está bem, eu espero.',
    'Só um segundo, vou procurar.',
    'Não, não mudou mais nada.',
    'Penso que foi na {dia}, mas teria de ver.',
    'Desculpe, pode repetir?',
    'Tenho aqui a carta à minha frente.',
    'A referência que me deram é {order}.',
  ],
  pleased: ['Ah, ainda bem.', 'Isso já me ajudava muito.', 'Obrigada, explica muito bem.'],
  solved: [
    'Já está resolvido, vai receber uma confirmação por correio.',
    'Ficou tudo tratado, posso ajudar em mais alguma coisa?',
    'Está feito, até {dia} já vê a alteração.',
  ],
  glad: ['Que bom, muito obrigado pela ajuda.', 'Perfeito, foi mais fácil do que eu pensava.', 'Excelente, foi muito simpática.'],
  sour: ['Continuo sem estar satisfeito com esta demora.', 'Sinceramente, esperava melhor.', 'Assim não me ajudou em nada.'],
  goodbye: ['Obrigado por ligar e tenha um bom dia.', 'De nada, até à próxima.'],
  chatGoodbye: ['Obrigado pelo seu contacto, tenha um bom dia.', 'De nada, vou encerrar o chat.'],
  private: [
    { ask: ['Com que cartão deseja pagar?'], tell: ['O número do cartão é {card}.', 'É o {card}, está em meu nome.'] },
    { ask: ['Qual é o melhor número para lhe ligar?'], tell: ['O meu número é {phone}.', 'Pode ligar para {phone} à tarde.'] },
    { ask: ['Para onde posso enviar a confirmação?'], tell: ['Envie para {email}, por favor.'] },
    { ask: ['Pode dizer-me o seu nome?'], tell: ['O meu nome é {person}.', 'Fala {person}, estou a ligar pela minha mãe.'] },
  ],
}

import type { Intent, Lines } from '../lines.ts'

export const topics: Record<Intent, Lines> = {
  billing: {
    problem: ['A minha fatura deste mês está errada.', 'Bom dia, [cobraram-me {euros} por um serviço que não pedi].'],
    detail: ['O valor da segunda página não faz sentido.', 'No ano passado pagava sempre {euros}.', 'Pago sempre por débito direto.'],
    upset: [
      'É a terceira vez que ligo por causa disto.',
      'Ninguém me avisou e estou muito aborrecido.',
      'Tiram dinheiro da minha conta como querem.',
    ],
    work: ['Vejo aqui a linha a mais na sua fatura.', 'Vou creditar {euros} na sua conta.', 'A próxima fatura já vem certa.'],
  },
  order: {
    problem: ['Queria saber onde está a minha encomenda.', 'Olá, [a encomenda {order} está parada desde {dia}].'],
    detail: [
      'A encomenda devia ter chegado na segunda-feira.',
      'Era um presente para o fim de semana.',
      'Só preciso do artigo mais pequeno.',
    ],
    upset: ['Prometeram para a semana passada e nada chegou.', 'A vossa página não serve para nada.', 'Venderam-me uma coisa que nem têm.'],
    work: ['Vou pedir a entrega para amanhã de manhã.', 'Vejo a encomenda no armazém local.', 'Já pus o seu pedido à frente dos outros.'],
  },
  returns: {
    problem: ['Quero devolver um casaco que não me serve.', 'Devolvi um artigo e ainda não recebi o dinheiro.'],
    detail: ['Ainda tenho a caixa e o recibo.', 'Custou {euros}, sem os portes.', 'Entreguei no balcão há uma semana.'],
    upset: ['Espero há três semanas pelo meu dinheiro.', 'O artigo novo também veio partido, é terrível.'],
    work: ['Vou enviar-lhe uma etiqueta nova.', 'O reembolso está aprovado.', 'Podemos recolher em sua casa sem custos.'],
  },
  technical: {
    problem: ['A internet cai todas as noites.', 'Bom dia, [a caixa tem uma luz vermelha e nada funciona].'],
    detail: ['Já reiniciei o equipamento duas vezes.', 'Funcionou sem problemas até ontem.', 'O meu vizinho tem o mesmo desde {dia}.'],
    upset: ['Trabalho em casa e assim é impossível.', 'O técnico nunca apareceu.', 'Não me diga outra vez para desligar e ligar.'],
    work: ['Estou a fazer um teste à sua linha.', 'Que luzes vê à frente?', 'Já encontrei a avaria, vou repor a porta daqui.'],
  },
  cancellation: {
    problem: ['Queria terminar o meu contrato.', 'Encontrei uma oferta mais barata e quero sair.'],
    detail: ['Não uso o pacote de televisão.', 'A outra empresa pede {euros} por mês.', 'Vamos mudar de casa daqui a umas semanas.'],
    upset: ['Isto é inaceitável, quero cancelar tudo.', 'Estou farto de pedir sempre a mesma coisa.'],
    work: ['Posso perguntar porque decidiu sair?', 'Posso oferecer-lhe um preço melhor.', 'Vou enviar a confirmação da data final.'],
  },
  sales: {
    problem: ['Vi a vossa oferta e queria saber mais.', 'Procuro um tarifário para uma família de quatro.'],
    detail: ['Não devia custar mais de {euros}.', 'Preciso disso antes do fim do mês.', 'Fico preso durante quanto tempo?'],
    upset: ['O preço na vossa página era mais baixo.', 'Isso parece-me caro demais.'],
    work: ['Para uma família sugiro o tarifário grande.', 'Fica em {euros} por mês.', 'Pode mudar ou sair todos os meses.'],
  },
  complaint: {
    problem: ['Quero fazer uma reclamação por escrito.', 'A vossa colega desligou-me o telefone.'],
    detail: [
      'Falei com duas pessoas e cada uma disse uma coisa.',
      'O número do processo é {order}.',
      'Desta vez quero a resposta por carta.',
    ],
    upset: ['Quero falar já com o responsável.', 'É o pior serviço que já tive.'],
    work: ['Lamento muito o que aconteceu.', 'A sua reclamação tem o número {order}.', 'A chefe de equipa liga-lhe até {dia}.'],
  },
  appointment: {
    problem: ['Preciso de mudar a visita do técnico.', 'Olá, [marquei para {dia} e não recebi confirmação].'],
    detail: [
      'De manhã é melhor, trabalho à tarde.',
      'A campainha está avariada, é melhor bater.',
      'Posso estar em casa a partir das {time}.',
    ],
    upset: ['Tirei um dia de férias para nada.', 'Já mudaram a visita quatro vezes.'],
    work: ['Tenho vaga na {dia} às {time}, serve-lhe?', 'O técnico está atrasado, vai ligar-lhe.', 'Marquei como urgente.'],
  },
  'account-access': {
    problem: ['Não consigo entrar na minha conta.', 'Nunca recebo o código para confirmar.'],
    detail: ['Tentei três vezes e bloqueou.', 'O meu telemóvel é novo.', 'A última vez que funcionou foi na {dia}.'],
    upset: ['Nem consigo ver o meu próprio dinheiro.', 'Perdi a manhã toda com isto.'],
    work: [
      'Vou enviar-lhe uma ligação nova, vale uma hora.',
      'Terminei a sessão em todos os aparelhos.',
      'O bloqueio passa sozinho às {time}.',
    ],
  },
  claim: {
    problem: ['Queria participar uma inundação na cozinha.', 'Bateram-me no carro quando estava estacionado.'],
    detail: ['O arranjo foi orçado em {euros}.', 'Já enviei as fotografias pela página.', 'Tenho aqui o auto da polícia.'],
    upset: ['Pago todos os meses e quando preciso não há nada.', 'O perito esteve cá dois minutos.'],
    work: ['Ainda bem que ninguém se magoou.', 'O seu processo tem o número {order}.', 'Pagamos diretamente à oficina.'],
  },
  collections: {
    problem: ['Recebi um aviso e não consigo pagar tudo de uma vez.', 'Bom dia, [a carta diz que devo {euros} e não pode ser].'],
    detail: ['Recebo o ordenado no último dia do mês.', 'Conseguia pagar {euros} por mês.', 'Nunca recebi o primeiro aviso.'],
    upset: ['As vossas cartas assustam a minha mãe.', 'Já paguei há semanas, ninguém lê isso?'],
    work: [
      'Podemos dividir em prestações de {euros}.',
      'Parei os avisos até ao fim do mês.',
      'A transferência chegou com outra referência.',
    ],
  },
  delivery: {
    problem: ['Diz que foi entregue, mas à porta não está nada.', 'O sofá chegou sem uma das pernas.'],
    detail: ['A fotografia mostra uma porta que não é a minha.', 'Estive em casa desde as {time}.', 'É um quarto andar sem elevador.'],
    upset: ['Atirou a caixa por cima do portão.', 'Dizem amanhã todos os dias.'],
    work: ['Vou perguntar ao motorista onde a deixou.', 'A carrinha deve chegar até às {time}.', 'A peça em falta sai hoje.'],
  },
}

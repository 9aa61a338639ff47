/** What a text is about, by its words: decides between a number that must be hidden and an order number. */
export const aboutTopics = ['card', 'code', 'expiry', 'phone', 'email', 'socialSecurity', 'reference'] as const
export type Topic = (typeof aboutTopics)[number]

const words = (list: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${list})(?![\\p{L}\\p{N}])`, 'giu')

const patterns: Readonly<Record<Topic, RegExp>> = {
  card: words(
    'cards?|visa|master\\s?card|amex|american express|maestro|credit|debit|long number|(?:sixteen|16)[- ]digits?|pan|' +
      'kredit\\s?karten?\\p{L}{0,12}|karten?\\s?nummer|karte|tarjetas?|crédito|débito|carte|cartão|cartao',
  ),
  code: words(
    'security (?:code|number)|cvv\\d?|cvc\\d?|cv2|cid|card verification|verification (?:value|number)|(?:last )?(?:three|four|3|4)[- ]digits?|' +
      '(?:three|3|four|4) (?:digits? )?on the (?:back|front)|on the back|on the reverse|pin(?: number| code)?|' +
      'prüf(?:nummer|ziffer|code)|kartenprüfnummer|sicherheits(?:code|nummer)|código de (?:seguridad|segurança)|codigo de seguridad|' +
      'cryptogramme|code de sécurité|tres (?:dígitos|números)|trois chiffres|dreistellige\\p{L}{0,2}',
  ),
  expiry: words(
    'expir\\p{L}{0,6}|exp(?:\\.? date)?|valid (?:thru|through|until|till|to)|good (?:thru|through|until)|gültig bis|ablauf\\p{L}{0,8}|' +
      'verfall\\p{L}{0,8}|läuft ab|caduc\\p{L}{0,6}|venc\\p{L}{0,8}|válida? hasta|validade|válido até|valable jusqu|date de validité',
  ),
  phone: words(
    '(?:tele)?phone|mobile|cell(?:phone)?|landline|whatsapp|(?:call|text|ring|reach) (?:me|you)(?: back)?|call ?back|contact number|' +
      'number to (?:call|reach)|telefon\\p{L}{0,8}|handy\\p{L}{0,7}|mobil\\p{L}{0,8}|rückruf\\p{L}{0,7}|rufnummer|teléfono|móvil|celular|' +
      'téléphone|portable|telefone|telemóvel|tel',
  ),
  email: words('e-?mails?|mail address|correo|courriel|mail|mailadresse'),
  socialSecurity: words('social security|ssn|social|tax(?:payer)? (?:id|number)|itin'),
  reference: words(
    'orders?|booking|reference|ref|ticket|case|invoice|tracking|claim|policy|serial|model|part|post ?code|zip(?: code)?|parcel|shipment|delivery|account|customer|' +
      'member(?:ship)?|confirmation|reservation|flight|meter|product|article|item|sku|version|imei|batch|loyalty|ending|ends|last four|' +
      '(?:bestell|auftrags|rechnungs|kunden|vorgangs|buchungs|sendungs|vertrags|artikel|zähler)\\s?-?(?:nummer|nr)|auftrag|bestellung|' +
      'pedido|factura|referencia|reserva|expediente|localizador|contrato|commande|facture|dossier|référence|réservation|encomenda|fatura|' +
      'protocolo|referência',
  ),
}

/** Places of the words of each topic in a text, found when first asked for. */
export interface Mentions {
  /** Whether the topic comes up at all, or within `distance` characters before `begin`, or that near after `end`. */
  of(topic: Topic): boolean
  near(topic: Topic, begin: number, end: number, before: number, after?: number): boolean
}

export function mentionsIn(text: string): Mentions {
  const found = new Map<Topic, { begin: number; end: number }[]>()
  const places = (topic: Topic): { begin: number; end: number }[] => {
    let list = found.get(topic)
    if (!list) {
      list = [...text.matchAll(patterns[topic])].map((match) => ({ begin: match.index, end: match.index + match[0].length }))
      found.set(topic, list)
    }
    return list
  }
  return {
    of: (topic) => places(topic).length > 0,
    near(topic, begin, end, before, after = 0) {
      const list = places(topic)
      const next = firstFrom(list, begin)
      const [last, following] = [list[next - 1], list[next]]
      return (
        (last !== undefined && last.end <= begin && begin - last.end <= before) ||
        (following !== undefined && following.begin >= end && following.begin - end <= after)
      )
    },
  }
}

/** Index of the first place that begins at `at` or later. */
function firstFrom(list: readonly { begin: number }[], at: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]!.begin < at) low = middle + 1
    else high = middle
  }
  return low
}

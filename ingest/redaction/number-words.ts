/** Digits as people say them, in the languages whose numbers we read: "four", "double five", "vierundzwanzig", "treinta y uno". */

interface Language {
  units: readonly string[]
  /** 10 to 19. */
  teens: readonly string[]
  /** 20, 30 … 90. */
  tens: readonly string[]
  /** 21 to 99, as one or several words. */
  compound(tens: string, unit: string): readonly string[]
  /** Other words for numbers below 100, and numbers a language forms in a way of its own. */
  others: Readonly<Record<string, string>>
  /** The next digit counts twice or three times. */
  repeats: Readonly<Record<string, number>>
}

const en: Language = {
  units: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  teens: ['ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
  tens: ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'],
  compound: (tens, unit) => [`${tens} ${unit}`],
  others: { oh: '0', o: '0', nought: '0', naught: '0', nil: '0', niner: '9', fourty: '40', hundred: '00', thousand: '000' },
  repeats: { double: 2, triple: 3, treble: 3, quadruple: 4 },
}

const de: Language = {
  units: ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun'],
  teens: ['zehn', 'elf', 'zwölf', 'dreizehn', 'vierzehn', 'fünfzehn', 'sechzehn', 'siebzehn', 'achtzehn', 'neunzehn'],
  tens: ['zwanzig', 'dreißig', 'vierzig', 'fünfzig', 'sechzig', 'siebzig', 'achtzig', 'neunzig'],
  compound: (tens, unit) => [`${unit === 'eins' ? 'ein' : unit}und${tens}`, `${unit === 'eins' ? 'ein' : unit} und ${tens}`],
  others: { ein: '1', eine: '1', zwo: '2', dreissig: '30', hundert: '00', tausend: '000' },
  repeats: { doppel: 2, doppelt: 2, zweimal: 2, dreimal: 3 },
}

const es: Language = {
  units: ['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve'],
  teens: ['diez', 'once', 'doce', 'trece', 'catorce', 'quince', 'dieciséis', 'diecisiete', 'dieciocho', 'diecinueve'],
  tens: ['veinte', 'treinta', 'cuarenta', 'cincuenta', 'sesenta', 'setenta', 'ochenta', 'noventa'],
  compound: (tens, unit) => (tens === 'veinte' ? [`veinti${unit}`] : [`${tens} y ${unit}`]),
  others: { un: '1', una: '1', veintidós: '22', veintitrés: '23', veintiséis: '26', cien: '00' },
  repeats: { doble: 2, triple: 3 },
}

const fr: Language = {
  units: ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'],
  teens: ['dix', 'onze', 'douze', 'treize', 'quatorze', 'quinze', 'seize', 'dix sept', 'dix huit', 'dix neuf'],
  tens: ['vingt', 'trente', 'quarante', 'cinquante', 'soixante', 'septante', 'quatre vingt', 'nonante'],
  compound: (tens, unit) => (unit === 'un' ? [`${tens} et un`, `${tens} un`] : [`${tens} ${unit}`]),
  others: { une: '1', 'quatre vingts': '80', cent: '00', mille: '000' },
  repeats: { double: 2, triple: 3 },
}

const pt: Language = {
  units: ['zero', 'um', 'dois', 'três', 'quatro', 'cinco', 'seis', 'sete', 'oito', 'nove'],
  teens: ['dez', 'onze', 'doze', 'treze', 'catorze', 'quinze', 'dezesseis', 'dezessete', 'dezoito', 'dezenove'],
  tens: ['vinte', 'trinta', 'quarenta', 'cinquenta', 'sessenta', 'setenta', 'oitenta', 'noventa'],
  compound: (tens, unit) => [`${tens} e ${unit}`],
  // Meia, half a dozen, is how a six is read out in Brazil.
  others: { uma: '1', duas: '2', meia: '6', quatorze: '14', dezasseis: '16', dezassete: '17', dezanove: '19' },
  repeats: { dobro: 2, duplo: 2, triplo: 3 },
}

const { o: _article, ...others } = en.others
/** English inside another language: there "o" is a word of its own. */
const mixedIn: Language = { ...en, others }

const languages = { en, de, es, fr, pt } as const

export interface NumberWords {
  /** By first word: what may follow, longest first, and the digits it stands for. */
  phrases: ReadonlyMap<string, readonly { words: readonly string[]; digits: string }[]>
  repeats: ReadonlyMap<string, number>
}

const compiled = new Map<string, NumberWords>()

/** For a language code such as `en-GB`. Callers mix in English; where the language is not known, every language counts. */
export function numberWordsOf(languageCode: string | null): NumberWords {
  const own = languageCode?.slice(0, 2).toLowerCase() ?? ''
  const known = Object.hasOwn(languages, own) ? own : languageCode === null ? 'all' : 'en'
  let words = compiled.get(known)
  if (!words) {
    const chosen =
      known === 'all' ? Object.values(languages) : known === 'en' ? [en] : [languages[known as keyof typeof languages], mixedIn]
    compiled.set(known, (words = compile(chosen)))
  }
  return words
}

/** As looked up: without case and accents. */
export const plain = (word: string): string => {
  const lower = word.toLowerCase()
  // oxlint-disable-next-line no-control-regex -- ASCII needs no normalisation
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize('NFD').replaceAll(/\p{M}/gu, '')
}

function compile(chosen: readonly Language[]): NumberWords {
  const all = new Map<string, string>()
  // The first language given wins: Spanish "once" is eleven in Spanish calls only.
  const add = (text: string, digits: string): void => void (all.has(plain(text)) || all.set(plain(text), digits))
  for (const { units, teens, tens, compound, others } of chosen) {
    for (const [text, digits] of Object.entries(others)) add(text, digits)
    units.forEach((unit, i) => add(unit, String(i)))
    teens.forEach((teen, i) => add(teen, String(10 + i)))
    tens.forEach((ten, i) => {
      add(ten, `${i + 2}0`)
      units.slice(1).forEach((unit, j) => compound(ten, unit).forEach((text) => add(text, `${i + 2}${j + 1}`)))
    })
    if (tens === fr.tens) teens.forEach((teen, i) => [add(`soixante ${teen}`, String(70 + i)), add(`quatre vingt ${teen}`, String(90 + i))])
  }
  const phrases = new Map<string, { words: string[]; digits: string }[]>()
  for (const [text, digits] of all) {
    const words = text.split(' ')
    const list = phrases.get(words[0]!)
    if (list) list.push({ words, digits })
    else phrases.set(words[0]!, [{ words, digits }])
  }
  for (const list of phrases.values()) list.sort((a, b) => b.words.length - a.words.length)
  return { phrases, repeats: new Map(chosen.flatMap(({ repeats }) => Object.entries(repeats))) }
}

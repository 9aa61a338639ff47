import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { decodeUtf8, isJsonObject, parseJson, type JsonObject } from '#kernel/json'
import { decodePayload } from '#events/decode'
import { kindsByPath, type KindPath, type SourceKind } from '#events/envelope'
import { detectKind } from '#events/kind'

/** One message found in a file: readable as an object, or only as bytes (the server then says what is wrong with it). */
export interface Message {
  file: string
  kind: KindPath
  text: string
  payload: JsonObject | null
  /** Epoch ms; null: unreadable, or without a clock of its own. */
  eventTime: number | null
}

/** Files in order of name; a folder is read with everything below it. `-` is standard input. */
export async function listFiles(path: string): Promise<string[]> {
  if (path === '-' || !(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return (
    entries
      // What a simulation knows is nothing that happened.
      .filter((e) => e.isFile() && /\.(json|ndjson|jsonl)$/.test(e.name) && e.name !== 'truth.json')
      .map((e) => join(e.parentPath, e.name))
      .sort()
  )
}

export async function readMessages(file: string, kind: KindPath | undefined): Promise<Message[]> {
  const bytes = file === '-' ? await readStdin() : await readFile(file)
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new Error(`${file}: not UTF-8`)
  return split(text).map((element) => toMessage(file, element, kind))
}

/** One document, an array of documents, or one document a line. */
function split(text: string): string[] {
  const whole = parseJson(text)
  if (whole.ok) return Array.isArray(whole.value) ? whole.value.map((v) => JSON.stringify(v)) : [JSON.stringify(whole.value)]
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.some((line) => parseJson(line).ok) ? lines : [text.replaceAll('\n', ' ')]
}

function toMessage(file: string, text: string, kind: KindPath | undefined): Message {
  const parsed = parseJson(text)
  const payload = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
  const path = kind ?? kindByName(file) ?? (payload ? pathOf(detectKind(payload)) : undefined)
  if (!path) throw new Error(`${file}: cannot tell what kind of event this is; say --kind ${Object.keys(kindsByPath).join('|')}`)
  const decoded = payload ? decodePayload(payload, kindsByPath[path]) : null
  return { file, kind: path, text, payload, eventTime: decoded?.ok ? decoded.eventTime : null }
}

/** The name of the file, or of its folder. */
function kindByName(file: string): KindPath | undefined {
  const names = [basename(file).replace(/\.\w+$/, ''), basename(dirname(file))]
  return names.find((name): name is KindPath => name in kindsByPath)
}

function pathOf(kind: SourceKind | null): KindPath | undefined {
  return (Object.keys(kindsByPath) as KindPath[]).find((path) => kindsByPath[path] === kind)
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { CallboardError, messageOf } from '#kernel/errors'

/*
 * LMDB maps its file and trusts it: a file cut short ends the process with SIGBUS, a damaged branch page with SIGSEGV, and the next
 * start does the same. So the file is looked at with plain reads before it is mapped. Layout: `mdb.c` of lmdb 3.5 (data version 2,
 * 64 bit, little-endian): page = header of 24 bytes | node offsets | free | nodes.
 */
const HEADER_BYTES = 24
const MAGIC = 0xbeefc0de
const BRANCH = 1
const LEAF = 2
const OVERFLOW = 4
const BIG_DATA = 1
const SUB_DATABASE = 2
const NODE_BYTES = 8
const NO_PAGE = 2 ** 64
/** No tree is deeper: a damaged count must not send us round in circles. */
const MAX_DEPTH = 32

interface Tree {
  depth: number
  branchPages: number
  leafPages: number
  overflowPages: number
  entries: number
  root: number
}

interface File {
  fd: number
  bytes: number
  pageBytes: number
  lastPage: number
  txnId: number
}

/**
 * Throws LOG_CORRUPT when the environment in `dir` is cut short or its trees do not hold together. By default it looks at branch
 * pages, about one in fifty; `deep` also at every leaf (about 2 µs a page). The bytes of records have their own checksums.
 */
export function inspectEnvironment(dir: string, { deep }: { deep: boolean }): void {
  const path = join(dir, 'data.mdb')
  try {
    const fd = openSync(path, 'r')
    try {
      inspectFile(fd, deep)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw new CallboardError('LOG_CORRUPT', `The log file ${path} is damaged: ${messageOf(error)}. Restore it from a backup.`, {
      cause: error,
    })
  }
}

function inspectFile(fd: number, deep: boolean): void {
  const head = Buffer.alloc(512)
  const metaAt = (at: number): { file: File; trees: [Tree, Tree] } => {
    if (readSync(fd, head, 0, 512, at) < 512) throw new Error('it has no header')
    const meta = head.subarray(HEADER_BYTES)
    if (meta.readUInt32LE(0) !== MAGIC) throw new Error('it does not begin as an LMDB file')
    const pageBytes = meta.readUInt32LE(24)
    const file = { fd, bytes: fstatSync(fd).size, pageBytes, lastPage: u64(meta, 120), txnId: u64(meta, 128) }
    return { file, trees: [treeAt(meta, 24), treeAt(meta, 72)] }
  }
  const first = metaAt(0)
  const { pageBytes } = first.file
  if (![4096, 8192, 16_384, 32_768].includes(pageBytes)) throw new Error(`its pages have ${pageBytes} bytes`)
  const second = metaAt(pageBytes)
  const { file, trees } = second.file.txnId > first.file.txnId ? second : first
  // Pages freed at the very end may never have been written, so a short file is no proof: then every page in use is looked at.
  const isShort = file.bytes < (file.lastPage + 1) * pageBytes
  walk(file, trees[0], { deep: deep || isShort, nested: false })
  walk(file, trees[1], { deep: deep || isShort, nested: true })
}

/** Visits a tree and compares what it finds with the tree's own counts. `nested`: leaf nodes may hold further trees. */
function walk(file: File, tree: Tree, options: { deep: boolean; nested: boolean }): void {
  const found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
  const isDeep = options.deep || options.nested
  const visit = (page: number, level: number): void => {
    const isLeaf = level === tree.depth
    if (isLeaf) found.leafPages++
    else found.branchPages++
    if (isLeaf && !isDeep && level > 1) return checkPage(file, page)
    const bytes = readPage(file, page, isLeaf ? LEAF : BRANCH)
    const nodes = nodesOf(bytes)
    for (const at of nodes) {
      if (!isLeaf) {
        visit(bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * 2 ** 32, level + 1)
        continue
      }
      found.entries++
      const flags = bytes.readUInt16LE(at + 4)
      const dataAt = at + NODE_BYTES + bytes.readUInt16LE(at + 6)
      const dataBytes = flags & BIG_DATA ? 24 : bytes.readUInt32LE(at)
      if (dataAt + dataBytes > bytes.length) throw new Error(`a record on page ${page} does not fit`)
      if (flags & BIG_DATA) found.overflowPages += checkOverflow(file, u64(bytes, dataAt), u64(bytes, dataAt + 16))
      if (flags & SUB_DATABASE && options.nested) walk(file, treeAt(bytes, dataAt), { deep: options.deep, nested: false })
    }
  }
  if (tree.depth > MAX_DEPTH) throw new Error('a table is impossibly deep')
  if (tree.depth > 0 && tree.root < NO_PAGE) visit(tree.root, 1)
  else if (tree.entries > 0) throw new Error('a table has lost its root')
  const isWhole =
    found.branchPages === tree.branchPages &&
    found.leafPages === tree.leafPages &&
    (!isDeep || (found.entries === tree.entries && found.overflowPages === tree.overflowPages))
  if (!isWhole) throw new Error('a table does not hold what it counts')
}

function readPage(file: File, page: number, flag: number): Buffer {
  checkPage(file, page)
  const bytes = Buffer.allocUnsafe(file.pageBytes)
  readSync(file.fd, bytes, 0, file.pageBytes, page * file.pageBytes)
  checkHeader(file, bytes, page, flag)
  return bytes
}

function checkOverflow(file: File, page: number, pages: number): number {
  checkPage(file, page)
  checkPage(file, page + pages - 1)
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  readSync(file.fd, bytes, 0, HEADER_BYTES, page * file.pageBytes)
  checkHeader(file, bytes, page, OVERFLOW)
  return pages
}

function checkPage(file: File, page: number): void {
  if (page < 2 || page > file.lastPage) throw new Error(`it refers to page ${page}, the last is ${file.lastPage}`)
  if ((page + 1) * file.pageBytes > file.bytes) throw new Error(`it ends before page ${page}`)
}

function checkHeader(file: File, bytes: Buffer, page: number, flag: number): void {
  const isRight = u64(bytes, 0) === page && u64(bytes, 8) <= file.txnId && (bytes.readUInt16LE(18) & 0x7f) === flag
  if (!isRight) throw new Error(`page ${page} is not what it should be`)
}

/** Where the nodes of a page begin. */
function nodesOf(bytes: Buffer): number[] {
  const lower = bytes.readUInt16LE(20)
  const upper = bytes.readUInt16LE(22)
  if (lower % 2 === 1 || lower > upper || HEADER_BYTES + upper > bytes.length) throw new Error(`page ${u64(bytes, 0)} has no order`)
  const nodes: number[] = []
  for (let i = 0; i < lower; i += 2) {
    const at = HEADER_BYTES + bytes.readUInt16LE(HEADER_BYTES + i)
    if (at < HEADER_BYTES + upper || at + NODE_BYTES + bytes.readUInt16LE(Math.min(at + 6, bytes.length - 2)) > bytes.length)
      throw new Error(`a key on page ${u64(bytes, 0)} does not fit`)
    nodes.push(at)
  }
  return nodes
}

function treeAt(bytes: Buffer, at: number): Tree {
  return {
    depth: bytes.readUInt16LE(at + 6),
    branchPages: u64(bytes, at + 8),
    leafPages: u64(bytes, at + 16),
    overflowPages: u64(bytes, at + 24),
    entries: u64(bytes, at + 32),
    root: u64(bytes, at + 40),
  }
}

function u64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
}

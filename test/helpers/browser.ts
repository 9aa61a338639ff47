import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'

const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface TestBrowser {
  page: Page
  /** Errors of the page's scripts, and refusals of its content security policy. */
  problems: string[]
  stop(): Promise<void>
}

/** A real browser: Debian's Chromium, or the one in CHROMIUM_PATH. */
export async function startBrowser(viewport = { width: 1920, height: 1080 }): Promise<TestBrowser> {
  if (!existsSync(path)) throw new Error(`no browser at ${path}: install chromium, or set CHROMIUM_PATH`)
  const browser: Browser = await chromium.launch({ executablePath: path, args })
  const page = await browser.newPage({ viewport })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text())) problems.push(message.text())
  })
  return { page, problems, stop: () => browser.close() }
}

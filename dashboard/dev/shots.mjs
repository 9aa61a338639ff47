#!/usr/bin/env node
// Takes pictures of the pages for a look at them: node dashboard/dev/shots.mjs <folder>. Needs the preview server and /usr/bin/chromium.
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'

const folder = process.argv[2] ?? '/tmp/callboard-shots'
const base = `http://127.0.0.1:${process.env.PREVIEW_PORT ?? 8099}`
const only = process.argv[3]
mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const post = (path) => fetch(`${base}/preview/${path}`, { method: 'POST' })
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } })
const page = await context.newPage()
page.on('console', (m) => ['error', 'warning'].includes(m.type()) && console.log(`console ${m.type()}: ${m.text()}`))
page.on('pageerror', (e) => console.log(`page error: ${e.message}`))
async function shot(name) {
  if (only && !name.includes(only)) return
  await page.screenshot({ path: `${folder}/${name}.png` })
  console.log(name)
}
const sizes = { 1080: [1920, 1080], 768: [1366, 768], phone: [390, 844] }
async function everySize(name, full = false) {
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewportSize({ width, height })
    await page.waitForTimeout(400)
    await shot(`${name}-${size}`)
    if (full && size === 'phone') await page.screenshot({ path: `${folder}/${name}-phone-full.png`, fullPage: true })
  }
  await page.setViewportSize({ width: 1920, height: 1080 })
}
const grey = (on) => page.evaluate((v) => (document.documentElement.style.filter = v ? 'grayscale(1)' : ''), on)

await page.goto(base)
await page.waitForTimeout(600)
await shot('signin')
await page.goto('about:blank')
await page.goto(`${base}/#code=preview`)
await page.waitForSelector('.conversation')
await page.waitForTimeout(2500)
console.log('address', page.url())
await everySize('wall', true)
await post('burst')
await page.waitForTimeout(45_000)
await shot('wall-burst')
await grey(true)
await shot('wall-burst-grey')
await grey(false)
await post('silence?source=contact-events&age=70')
await page.waitForTimeout(1500)
await shot('wall-source')
await post('mute?on=1')
await page.waitForTimeout(4500)
await shot('wall-lost')
await post('mute?on=0')
await post('silence?source=contact-events&age=-9999')
await page.waitForTimeout(1500)
await page.locator('.conversation a').first().click()
await page.waitForSelector('.turn')
await page.waitForTimeout(3000)
await everySize('contact', true)
await grey(true)
await shot('contact-grey')
await grey(false)
await page.goto(`${base}/search?q=refund`)
await page.waitForSelector('.hit')
await everySize('search')
await page.locator('.hit-text').first().click()
await page.waitForSelector('.turn-moment')
await page.waitForTimeout(500)
await shot('moment')
await page.goto(`${base}/search?q=${encodeURIComponent('refund "money back')}`)
await page.waitForSelector('.problem')
await shot('search-problem')
await page.goto(`${base}/search`)
await page.waitForTimeout(500)
await shot('search-empty')
await browser.close()

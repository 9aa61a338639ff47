import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser, type TestBrowser } from '../helpers/browser.ts'
import { startServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let browser: TestBrowser

beforeAll(async () => {
  server = await startServer({ CALLBOARD_DEMO: 'on' })
  browser = await startBrowser()
  await browser.page.goto(server.signInUrl)
  await browser.page.getByText('Waiting now').waitFor()
})
afterAll(async () => {
  await browser?.stop()
  await server?.stop()
})

const banner = () => browser.page.locator('.notice')
const opener = () => browser.page.getByRole('button', { name: 'change scenario' })
const line = (name: string) => browser.page.getByRole('menuitemradio', { name })
const isFocused = (text: string) =>
  browser.page.waitForFunction((wanted) => document.activeElement?.textContent?.includes(wanted) === true, text, { timeout: 5_000 })
declare const document: { activeElement: { textContent: string | null } | null; marker?: number }

describe('the banner of the demo', () => {
  it('says what is shown, and that earlier figures are still being loaded', async () => {
    await banner().getByText('Voice and chat centre').waitFor()
    expect(await banner().innerText()).toContain('Demo data')
    await banner().getByText('being loaded').waitFor({ state: 'detached', timeout: 60_000 })
  })

  it('tells how to connect an instance, and gives the focus back', async () => {
    await browser.page.getByRole('button', { name: 'connect your own instance' }).click()
    const panel = browser.page.getByRole('dialog', { name: 'Connect your own instance' })
    expect(await panel.innerText()).toContain('CALLBOARD_SOURCES')
    await browser.page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    await isFocused('connect your own instance')
  })

  it('opens the scenarios by keyboard, moves by arrows and letters, closes by Escape', async () => {
    await opener().focus()
    await browser.page.keyboard.press('Enter')
    await isFocused('Voice and chat centre')
    expect(await line('Voice and chat centre').getAttribute('aria-checked')).toBe('true')
    await browser.page.keyboard.press('ArrowUp')
    await isFocused('Virtual desktops')
    await browser.page.keyboard.press('o')
    await isFocused('Outbound collections')
    await browser.page.keyboard.press('Escape')
    await line('Virtual desktops').waitFor({ state: 'detached' })
    await isFocused('change scenario')
  })

  it('changes the whole board to the chosen one without a reload, also for others who look', async () => {
    const wall = await startBrowser()
    const { code } = (await server.call<{ code: string }>('POST', '/api/v1/session/codes')).body
    await wall.page.goto(`${server.url}/search#code=${code}`)
    await wall.page.locator('.notice').getByText('Voice and chat centre').waitFor()
    await browser.page.evaluate(() => void (document.marker = 1))
    await browser.page.keyboard.press('ArrowDown')
    await isFocused('Voice and chat centre')
    await browser.page.keyboard.press('v')
    await isFocused('Voice centre')
    await browser.page.keyboard.press('v')
    await isFocused('Virtual desktops')
    const startedAt = performance.now()
    await browser.page.keyboard.press('Enter')
    await browser.page.getByText('Changing the demo: Virtual desktops').waitFor()
    await banner().getByText('Virtual desktops').waitFor({ timeout: 30_000 })
    await browser.page.getByText('Waiting now').waitFor({ timeout: 30_000 })
    await browser.page.getByText('Fraud').first().waitFor({ timeout: 30_000 })
    console.log(`click to new board: ${Math.round(performance.now() - startedAt)} ms`)
    expect(await browser.page.evaluate(() => document.marker)).toBe(1)
    expect(await browser.page.getByText('Connection lost').count()).toBe(0)
    await wall.page.locator('.notice').getByText('Virtual desktops').waitFor({ timeout: 30_000 })
    await wall.page.getByText('Waiting now').waitFor({ timeout: 30_000 })
    await wall.stop()
  })

  it('had no script error and no refusal by its security policy', () => {
    expect(browser.problems).toEqual([])
  })
})

import type { Clock } from '#kernel/clock'

const REDRAW_MS = 200
const BAR_LENGTH = 24
const number = new Intl.NumberFormat('en-GB')

interface Progress {
  show(messages: number, simulatedAt: number): void
  end(): void
}

/** One line on the terminal, drawn anew. */
export function createProgress(run: { startAt: number; endAt: number; clock: Clock; isShown: boolean }): Progress {
  const { startAt, endAt, clock, isShown } = run
  const beganAt = clock.now()
  let drawnAt = 0
  let last: [number, number] = [0, startAt]
  const draw = (): void => {
    const [messages, simulatedAt] = last
    const share = Math.min(1, (simulatedAt - startAt) / (endAt - startAt))
    const bar = '='.repeat(Math.round(share * BAR_LENGTH)).padEnd(BAR_LENGTH)
    const rate = Math.round(messages / Math.max(0.001, (clock.now() - beganAt) / 1000))
    const time = new Date(simulatedAt).toISOString().slice(0, 19).replace('T', ' ')
    process.stderr.write(
      `\r[${bar}] ${Math.floor(share * 100)} %  ${number.format(messages)} events  ${number.format(rate)}/s  ${time} UTC\u001B[K`,
    )
    drawnAt = clock.now()
  }
  return {
    show(messages, simulatedAt) {
      last = [messages, simulatedAt]
      if (isShown && clock.now() - drawnAt >= REDRAW_MS) draw()
    },
    end() {
      if (!isShown) return
      draw()
      process.stderr.write('\n')
    },
  }
}

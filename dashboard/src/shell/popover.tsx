import { useEffect, useRef, type ReactNode } from 'react'

export interface PopoverProps {
  label: ReactNode
  /** What the button opens, for people who hear the page. */
  kind: 'menu' | 'dialog'
  id: string
  open: boolean
  setOpen: (open: boolean) => void
  children: ReactNode
}

/** A button and what it opens below itself. Escape closes and gives the focus back; so does a press outside, without the focus. */
export function Popover({ label, kind, id, open, setOpen, children }: PopoverProps) {
  const root = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return undefined
    function onKey(event: KeyboardEvent): void {
      if (event.key !== 'Escape') return
      event.preventDefault()
      setOpen(false)
      button.current?.focus()
    }
    function onOutside(event: Event): void {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener('keydown', onKey)
    document.addEventListener('pointerdown', onOutside)
    document.addEventListener('focusin', onOutside)
    return () => {
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('pointerdown', onOutside)
      document.removeEventListener('focusin', onOutside)
    }
  }, [open, setOpen])
  return (
    <span className="popover" ref={root}>
      <button
        type="button"
        ref={button}
        className="popover-button"
        aria-haspopup={kind}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (kind !== 'menu' || event.key !== 'ArrowDown') return
          event.preventDefault()
          setOpen(true)
        }}
      >
        {label} <span aria-hidden="true">▾</span>
      </button>
      {open && children}
    </span>
  )
}

import type { AlertLine } from '../board/alerts.ts'

export function roleName(role: string): string {
  return role.charAt(0) + role.slice(1).toLowerCase()
}

/** Words with the part that mattered marked; bold and underlined, not only coloured. */
export function SaidWords({ said }: { said: NonNullable<AlertLine['said']> }) {
  return (
    <p className="said">
      <span className="said-role">{roleName(said.role)}</span> “{said.before}
      <mark>{said.match}</mark>
      {said.after}”
    </p>
  )
}

/** A member of a lane with what it had in the generation it last took part in. */
export interface Candidate {
  id: string
  generation: number
  owned: readonly number[]
}

/**
 * Shares out the partitions of a lane: evenly, and each to the member that had it, as far as that goes. A partition is a number: the
 * member gets it of every input topic, so that outputs of one partition have one owner. Two members that claim a partition are told
 * apart by the newer generation.
 */
export function assignPartitions(members: readonly Candidate[], partitionCount: number): Map<string, number[]> {
  const byAge = members.toSorted((a, b) => b.generation - a.generation || (a.id < b.id ? -1 : 1))
  const shares = new Map<string, number[]>(byAge.map(({ id }) => [id, []]))
  if (byAge.length === 0) return shares
  const atLeast = Math.floor(partitionCount / byAge.length)
  let withOneMore = partitionCount % byAge.length
  const taken = new Set<number>()

  for (const { id, owned } of byAge) {
    const kept = [...new Set(owned)].filter((partition) => partition >= 0 && partition < partitionCount && !taken.has(partition))
    kept.sort((a, b) => a - b)
    const most = kept.length > atLeast && withOneMore > 0 ? atLeast + 1 : atLeast
    if (most > atLeast) withOneMore--
    for (const partition of kept.slice(0, most)) {
      taken.add(partition)
      shares.get(id)!.push(partition)
    }
  }
  for (let partition = 0; partition < partitionCount; partition++) {
    if (taken.has(partition)) continue
    const [, least] = [...shares].reduce((a, b) => (b[1].length < a[1].length ? b : a))
    least.push(partition)
  }
  for (const share of shares.values()) share.sort((a, b) => a - b)
  return shares
}

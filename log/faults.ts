import { CallboardError } from '#kernel/errors'

/** The errors every implementation of the log shares, so that callers can decide by code and details. */
export function closedFault(): CallboardError {
  return new CallboardError('LOG_CLOSED', 'The log is closed.')
}

export function outOfRangeFault(topic: string, partition: number, from: number, bounds: { start: number; end: number }): CallboardError {
  return new CallboardError(
    'LOG_OFFSET_OUT_OF_RANGE',
    `Offset ${from} of ${topic}/${partition} is outside the log, which holds ${bounds.start} to ${bounds.end}.`,
    { details: { topic, partition, from, start: bounds.start, end: bounds.end } },
  )
}

export function positionBeyondEndFault(lane: string, topic: string, partition: number, next: number, end: number): CallboardError {
  return new CallboardError(
    'LOG_OFFSET_OUT_OF_RANGE',
    `Lane "${lane}" stands at offset ${next} of ${topic}/${partition}, but the log ends at ${end}.`,
    { details: { lane, topic, partition, next, end } },
  )
}

export function positionBackFault(lane: string, topic: string, partition: number, next: number, stored: number): CallboardError {
  return new CallboardError(
    'CONFLICT',
    `Lane "${lane}" cannot go back to offset ${next} of ${topic}/${partition}: it has committed ${stored}.`,
    { details: { lane, topic, partition, next, stored } },
  )
}

export function notATableFault(topic: string): CallboardError {
  return new CallboardError('INTERNAL', `Topic "${topic}" keeps no newest record per key.`)
}

export function appendOnlyFault(topic: string): CallboardError {
  return new CallboardError('INTERNAL', `Topic "${topic}" is written by append alone; a lane may not write it.`)
}

import { ClickHouseError } from '@clickhouse/client'
import { CallboardError, messageOf } from '#kernel/errors'
import type { StoreFault } from './port.ts'

/**
 * What ClickHouse's error numbers mean for us (ErrorCodes.cpp of ClickHouse). What is not listed is a fault of the statement.
 * `limit` is for reads only: an insert that passes a memory limit is worth another try, first in smaller pieces.
 */
const faultsByNumber: ReadonlyMap<number, StoreFault> = new Map([
  ...numbers('unavailable', [
    3, // UNEXPECTED_END_OF_FILE
    198, // DNS_ERROR
    202, // TOO_MANY_SIMULTANEOUS_QUERIES
    203, // NO_FREE_CONNECTION
    209, // SOCKET_TIMEOUT
    210, // NETWORK_ERROR
    225, // NO_ZOOKEEPER
    236, // ABORTED
    242, // TABLE_IS_READ_ONLY
    243, // NOT_ENOUGH_SPACE
    252, // TOO_MANY_PARTS
    279, // ALL_CONNECTION_TRIES_FAILED
    285, // TOO_FEW_LIVE_REPLICAS
    319, // UNKNOWN_STATUS_OF_INSERT
    394, // QUERY_WAS_CANCELLED
    425, // SYSTEM_ERROR
    473, // DEADLOCK_AVOIDED
    999, // KEEPER_EXCEPTION
  ]),
  ...numbers('limit', [
    158, // TOO_MANY_ROWS
    159, // TIMEOUT_EXCEEDED
    160, // TOO_SLOW
    241, // MEMORY_LIMIT_EXCEEDED
    307, // TOO_MANY_BYTES
    396, // TOO_MANY_ROWS_OR_BYTES
  ]),
  ...numbers('row', [
    6, // CANNOT_PARSE_TEXT
    25, // CANNOT_PARSE_ESCAPE_SEQUENCE
    26, // CANNOT_PARSE_QUOTED_STRING
    27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    32, // ATTEMPT_TO_READ_AFTER_EOF
    33, // CANNOT_READ_ALL_DATA
    38, // CANNOT_PARSE_DATE
    41, // CANNOT_PARSE_DATETIME
    53, // TYPE_MISMATCH
    69, // ARGUMENT_OUT_OF_BOUND
    70, // CANNOT_CONVERT_TYPE
    72, // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    130, // CANNOT_READ_ARRAY_FROM_TEXT
    131, // TOO_LARGE_STRING_SIZE
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    467, // CANNOT_PARSE_BOOL
    469, // VIOLATED_CONSTRAINT
  ]),
])

function numbers(fault: StoreFault, list: readonly number[]): [number, StoreFault][] {
  return list.map((number) => [number, fault])
}

/** Any failure of a call, as a CallboardError. Decided by number; what has no number never reached the store or never came back. */
export function toStoreError(
  error: unknown,
  call: { kind: 'read' | 'insert' | 'command'; name: string; signal?: AbortSignal | undefined },
): CallboardError {
  if (error instanceof CallboardError) return error
  if (call.signal?.aborted) return storeError('aborted', call.name, error, null)
  if (!(error instanceof ClickHouseError)) return storeError('unavailable', call.name, error, null)
  const number = Number(error.code)
  const fault = faultsByNumber.get(number) ?? 'statement'
  return storeError(fault === 'limit' && call.kind !== 'read' ? 'tooLarge' : fault, call.name, error, number)
}

export function storeError(fault: StoreFault, name: string, cause: unknown, number: number | null): CallboardError {
  const outage = fault === 'unavailable' || fault === 'aborted'
  const retryable = fault === 'unavailable' || fault === 'tooLarge'
  const details = { fault, call: name, ...(number === null ? {} : { number }) }
  return new CallboardError(outage ? 'STORE_UNAVAILABLE' : 'STORE_REJECTED', `${name}: ${messageOf(cause)}`, { retryable, cause, details })
}

/** The fault of an error of the store; undefined for other errors. */
export function faultOf(error: unknown): StoreFault | undefined {
  return error instanceof CallboardError ? (error.details['fault'] as StoreFault | undefined) : undefined
}

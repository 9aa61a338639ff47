import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import type { Lease, LeaseTable } from './lease.ts'

/** Beside the shards: when the stream was first read. No shard is called so. */
const START = '#start'
const MOST_PAGES = 100

type Item = Record<string, AttributeValue>

/** Leases in DynamoDB: one table for all streams of an installation, `stream` and `shard` as its key, paid by request. */
export function createDynamoTable(client: DynamoDBClient, TableName: string, stream: string): LeaseTable {
  const keyOf = (shardId: string): Item => ({ stream: { S: stream }, shard: { S: shardId } })

  const read = async (shardId: string): Promise<Item | undefined> => {
    const answer = await client.send(new GetItemCommand({ TableName, Key: keyOf(shardId), ConsistentRead: true }))
    return answer.Item
  }
  const putIfAbsent = (item: Item): Promise<boolean> =>
    unlessRefused(
      client.send(new PutItemCommand({ TableName, Item: item, ConditionExpression: 'attribute_not_exists(#shard)', ...names('shard') })),
    )

  return {
    async prepare() {
      try {
        const { Table } = await client.send(new DescribeTableCommand({ TableName }))
        if (Table?.TableStatus === 'ACTIVE') return
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error
        await client.send(createTable(TableName)).catch((refused: unknown) => {
          // Another process makes it.
          if (!(refused instanceof ResourceInUseException)) throw refused
        })
      }
      throw new Error(`the table ${TableName} is being made`)
    },
    async list() {
      const leases: Lease[] = []
      let from: Item | undefined
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await client.send(
          new QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: '#stream = :stream',
            ...names('stream'),
            ExpressionAttributeValues: { ':stream': { S: stream } },
            ...(from ? { ExclusiveStartKey: from } : {}),
          }),
        )
        leases.push(...(answer.Items ?? []).filter((item) => item['shard']?.S !== START).map(toLease))
        from = answer.LastEvaluatedKey
        if (!from) break
      }
      return leases
    },
    async create({ shardId, parents, counter, place }) {
      await putIfAbsent({
        ...keyOf(shardId),
        counter: { N: String(counter) },
        place: { S: place },
        ...(parents.length > 0 ? { parents: { SS: [...parents] } } : {}),
      })
    },
    async write(seen, { owner, place }) {
      const counter = seen.counter + 1
      const gone = [...(owner === seen.owner ? [] : ['#wantedBy']), ...(owner === undefined ? ['#owner'] : [])]
      const set = `SET #counter = :counter, #place = :place${owner === undefined ? '' : ', #owner = :owner'}`
      const values = { ':counter': { N: String(counter) }, ':place': { S: place }, ...(owner ? { ':owner': { S: owner } } : {}) }
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(seen.shardId),
        UpdateExpression: gone.length === 0 ? set : `${set} REMOVE ${gone.join(', ')}`,
        ReturnValues: 'ALL_NEW',
        ...asSeen(seen, values),
        ...names('counter', 'owner', 'place', ...(owner === seen.owner ? [] : (['wantedBy'] as const))),
      })
      try {
        const { Attributes } = await client.send(command)
        return Attributes && toLease(Attributes)
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
        // Refused also when a try before was done and its answer lost: nobody else writes our name.
        const item = await read(seen.shardId)
        const stands = item && toLease(item)
        return owner !== undefined && stands?.owner === owner && stands.counter === counter ? stands : undefined
      }
    },
    async ask(seen, by) {
      await unlessRefused(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keyOf(seen.shardId),
            UpdateExpression: 'SET #wantedBy = :by',
            ConditionExpression: '#owner = :owner AND attribute_not_exists(#wantedBy)',
            ...names('owner', 'wantedBy'),
            ExpressionAttributeValues: { ':by': { S: by }, ':owner': { S: seen.owner ?? '' } },
          }),
        ),
      )
    },
    async remove(seen) {
      await unlessRefused(client.send(new DeleteItemCommand({ TableName, Key: keyOf(seen.shardId), ...asSeen(seen, {}) })))
    },
    async firstStart(now) {
      if (await putIfAbsent({ ...keyOf(START), at: { N: String(now) } })) return now
      return Number((await read(START))?.['at']?.N ?? now)
    },
  }
}

/** The condition on what was seen, with the values that an expression beside it needs. */
function asSeen(seen: Lease, values: Item) {
  const owner = seen.owner === undefined ? 'attribute_not_exists(#owner)' : '#owner = :seenOwner'
  return {
    ConditionExpression: `#counter = :seenCounter AND ${owner}`,
    ...names('counter', 'owner'),
    ExpressionAttributeValues: {
      ...values,
      ':seenCounter': { N: String(seen.counter) },
      ...(seen.owner === undefined ? {} : { ':seenOwner': { S: seen.owner } }),
    },
  }
}

/** Every name is written as `#name`: many, such as owner and shard, are words of DynamoDB. */
const names = (...attributes: readonly ('stream' | 'shard' | 'counter' | 'owner' | 'place' | 'wantedBy')[]) => ({
  ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
})

async function unlessRefused(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

function toLease(item: Item): Lease {
  return {
    shardId: item['shard']?.S ?? '',
    parents: item['parents']?.SS ?? [],
    owner: item['owner']?.S,
    wantedBy: item['wantedBy']?.S,
    counter: Number(item['counter']?.N ?? 0),
    place: item['place']?.S ?? '',
  }
}

const createTable = (TableName: string): CreateTableCommand =>
  new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'stream', AttributeType: 'S' },
      { AttributeName: 'shard', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'stream', KeyType: 'HASH' },
      { AttributeName: 'shard', KeyType: 'RANGE' },
    ],
  })

/** What the lines are made for. */
export interface SetupFacts {
  /** ARN of the Amazon Connect instance. */
  instanceArn: string
  /** Prefix of what is made at AWS. */
  prefix: string
}

const INSTANCE_ARN = /^arn:(aws[\w-]*):connect:([a-z0-9-]+):(\d{12}):instance\/([\w-]{1,100})$/

/** Connect's streams: the storage resource types that go into one Kinesis stream each. */
const streams = [
  { name: 'agent-events', types: ['AGENT_EVENTS'] },
  { name: 'contact-records', types: ['CONTACT_TRACE_RECORDS'] },
  { name: 'contact-lens', types: ['REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS', 'REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS'] },
] as const
const all = [...streams.map(({ name }) => name), 'contact-events']

/** Commands of the AWS CLI that make the four streams and let the instance write into them; then the setting that reads them. */
export function setupLines({ instanceArn, prefix }: SetupFacts): string {
  const [, partition, region, account, instanceId] = INSTANCE_ARN.exec(instanceArn) ?? []
  if (region === undefined) throw new Error(`--instance-arn ${instanceArn}: not the ARN of an Amazon Connect instance`)
  if (!/^[a-zA-Z][\w-]{0,60}$/.test(prefix)) throw new Error(`--prefix ${prefix}: a letter, then letters, digits, dash or underscore`)
  const streamArn = (name: string): string => `arn:${partition}:kinesis:${region}:${account}:stream/${prefix}-${name}`
  const role = `${prefix}-eventbridge`
  return [
    '# One stream each; on-demand streams grow by themselves.',
    ...all.map(
      (name) => `aws kinesis create-stream --region ${region} --stream-name ${prefix}-${name} --stream-mode-details StreamMode=ON_DEMAND`,
    ),
    ...all.map((name) => `aws kinesis wait stream-exists --region ${region} --stream-name ${prefix}-${name}`),
    '',
    '# Amazon Connect writes agent events, contact records and Contact Lens segments by itself.',
    ...streams.flatMap(({ name, types }) =>
      types.map(
        (type) =>
          `aws connect associate-instance-storage-config --region ${region} --instance-id ${instanceId} --resource-type ${type} --storage-config 'StorageType=KINESIS_STREAM,KinesisStreamConfig={StreamArn=${streamArn(name)}}'`,
      ),
    ),
    '',
    '# Contact events come by EventBridge, into the fourth stream.',
    `aws iam create-role --role-name ${role} --assume-role-policy-document '${JSON.stringify(trustOfEventBridge)}'`,
    `aws iam put-role-policy --role-name ${role} --policy-name put-records --policy-document '${JSON.stringify(
      allow(['kinesis:PutRecord', 'kinesis:PutRecords'], streamArn('contact-events')),
    )}'`,
    `aws events put-rule --region ${region} --name ${prefix}-contact-events --event-pattern '${JSON.stringify(contactEventPattern(instanceArn))}'`,
    `aws events put-targets --region ${region} --rule ${prefix}-contact-events --targets '${JSON.stringify([
      {
        Id: 'stream',
        Arn: streamArn('contact-events'),
        RoleArn: `arn:${partition}:iam::${account}:role/${role}`,
        KinesisParameters: { PartitionKeyPath: '$.detail.contactId' },
      },
    ])}'`,
    '',
    '# What Callboard reads; the policy of its role: callboard doctor --policy',
    `export CALLBOARD_SOURCES='${JSON.stringify(
      all.map((name) => ({
        type: 'kinesis',
        name,
        streamArn: streamArn(name),
        region,
      })),
    )}'`,
  ].join('\n')
}

/** Contact events of one instance. EventBridge puts the instance's ARN into the event's detail. */
function contactEventPattern(instanceArn: string): object {
  return { source: ['aws.connect'], 'detail-type': ['Amazon Connect Contact Event'], detail: { instanceArn: [instanceArn] } }
}

const trustOfEventBridge = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

function allow(actions: readonly string[], resource: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }] }
}

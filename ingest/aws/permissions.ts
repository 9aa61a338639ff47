/** One statement of an IAM policy. */
export interface Permission {
  sid: string
  actions: readonly string[]
  /** ARNs; `*` where AWS takes no narrower one. */
  resources: readonly string[]
}

/** An IAM policy document, as `aws iam create-policy --policy-document` takes it. */
export function policyDocument(permissions: readonly Permission[]): object {
  return {
    Version: '2012-10-17',
    Statement: permissions.map(({ sid, actions, resources }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: [...actions],
      Resource: resources.length === 1 ? resources[0] : [...resources],
    })),
  }
}

// The import matrix. One line a folder: what it may import besides itself and packages.
const matrix = {
  kernel: [],
  events: ['kernel'],
  contracts: ['kernel', 'events'],
  log: ['kernel'],
  storage: ['kernel'],
  ingest: ['kernel', 'events', 'log'],
  processors: ['kernel', 'events', 'contracts', 'log', 'storage'],
  api: ['kernel', 'events', 'contracts', 'log', 'storage'],
  simulator: ['kernel', 'events'],
  dashboard: ['contracts'],
  cli: ['kernel', 'events', 'contracts', 'simulator', 'main', 'config', 'offline', 'policy'],
}

const folders = Object.keys(matrix)
// Files at the top that choose implementations; only the command line may start them.
const roots = ['main', 'roles', 'sources', 'config', 'demo', 'demo-switch', 'backup', 'offline', 'open-log', 'policy', 'retention', 'store']
const onlyAllowed = folders.map((folder) => ({
  name: `${folder}-imports`,
  comment: `${folder}/ may import only: ${[folder, ...matrix[folder]].join(', ')}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: `^(${[...folders, ...roots].join('|')})(/|\\.ts$)`,
    pathNot: `^(${[folder, ...matrix[folder]].join('|')})(/|\\.ts$)`,
  },
}))

export default {
  forbidden: [
    ...onlyAllowed,
    {
      name: 'browser-safe',
      comment: 'events, contracts, dashboard and kernel (outside kernel/node) run in a browser',
      severity: 'error',
      from: { path: '^(events|contracts|dashboard/src|kernel/(?!node/))' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'browser-safe-kernel', severity: 'error', from: { path: '^(events|contracts|dashboard)/' }, to: { path: '^kernel/node/' } },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'lanes-apart',
      comment: 'a lane never imports another lane',
      severity: 'error',
      from: { path: '^processors/([^/]+)/' },
      to: { path: '^processors/([^/]+)/', pathNot: ['^processors/$1/', '^processors/runner/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
}

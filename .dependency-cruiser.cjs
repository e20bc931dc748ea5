/** The dependency rule of docs/ARCHITECTURE.md as a failing check: apps -> features -> platform -> kernel. */
module.exports = {
  forbidden: [
    {
      name: 'kernel-is-pure',
      comment: 'The kernel is pure TypeScript: no Nest, no IO, no dependency.',
      severity: 'error',
      from: { path: '^libs/kernel/' },
      to: { pathNot: '^libs/kernel/' },
    },
    {
      name: 'mail-is-pure',
      comment: 'The mail protocols are functions of bytes: they know nothing of Gent.',
      severity: 'error',
      from: { path: '^libs/mail/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs/(?!mail/)|apps/)' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^libs/platform/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs/(features|testing)/|apps/)' },
    },
    {
      name: 'nothing-imports-apps',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|bench)/' },
    },
    {
      name: 'features-meet-by-contract',
      comment: 'Of another feature one may import its events, commands and read model, nothing else.',
      severity: 'error',
      from: { path: '^libs/features/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^libs/features/([^/]+)/',
        pathNot: ['^libs/features/$1/', '/(events|commands|read-model)\\.ts$'],
      },
    },
    {
      name: 'features-read-through-views',
      comment: 'Unscoped access to documents is a platform type that features cannot import.',
      severity: 'error',
      from: { path: '^libs/features/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/platform/(read-store/(embedded|in-memory|mongodb)|event-store|vault/embedded)' },
    },
    {
      name: 'unscoped-only-at-the-boundary',
      comment: 'Documents of whomever they are: only where the caller is not known yet, or there is none.',
      severity: 'error',
      from: { path: '^libs/features/', pathNot: '(/(directory|runner|ops)\\.ts|\\.spec\\.ts)$' },
      to: { path: '^libs/platform/event-sourcing/directory' },
    },
    {
      name: 'production-knows-no-test',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec\\.ts$|^libs/testing/)' },
      to: { path: '(^libs/testing/|\\.spec\\.ts$)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules|data)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'types', 'node', 'default'],
    },
  },
};

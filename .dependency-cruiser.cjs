// Who may import whom: `npm run imports`. test/architecture/imports.spec.ts shows that each rule catches a violation.
const ROOMS = 'access|books|studio|audit';
const ADAPTERS = '^src/platform/(event-store/(eventstoredb|sqlite)|(read-model|vault)/(mongodb|sqlite)|proofs/sqlite)/';
// The files right under src/ (main, cli, app.module, views, *.thread) put the rest together.
const ENTRY = '^src/[^/]+\\.ts$';
const SPEC = '\\.spec\\.ts$';
// No role suffix, .decide, .view or .postings = pure. $1 is the room, $2 the feature.
const PURE = `^src/(${ROOMS})/([^/]+)/[a-z-]+(\\.decide|\\.view|\\.postings)?\\.ts$`;
// The language that every feature speaks that posts to the ledger, and what the ledger gathers of them.
const POSTING = ['^src/$1/(ledger/entry|chart/codes)\\.ts$', '^src/$1/[^/]+/[a-z-]+\\.postings\\.ts$'];

const err = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    err('no-cycles', 'A cycle has no bottom to start reading from.', {}, { circular: true }),
    err(
      'kernel-imports-nothing',
      'The kernel is types and pure functions of its own.',
      { path: '^src/kernel/', pathNot: SPEC },
      { pathNot: '^src/kernel/' },
    ),
    err(
      'platform-knows-no-room',
      'Nothing in platform/ knows an invoice.',
      { path: '^src/platform/' },
      { path: `^src/(${ROOMS})/` },
    ),
    err(
      'pure-imports-only-pure',
      'Events, deciders and views import the kernel, their own feature, and contracts.',
      { path: PURE },
      {
        pathNot: [
          '^src/kernel/',
          '^src/$1/$2/[a-z-]+(\\.decide|\\.view|\\.postings)?\\.ts$',
          `^src/(${ROOMS})/contract\\.ts$`,
          ...POSTING,
        ],
      },
    ),
    err(
      'rooms-meet-at-contract',
      'What another room may know stands in contract.ts.',
      { path: `^src/(${ROOMS})/` },
      { path: `^src/(${ROOMS})/`, pathNot: ['^src/$1/', '/contract\\.ts$'] },
    ),
    err(
      'contract-is-types-and-kernel',
      'A contract hands out plain files of its room, never a handler or a controller.',
      { path: `^src/(${ROOMS})/contract\\.ts$` },
      { pathNot: ['^src/kernel/', '^src/$1/[^/]+/[a-z-]+\\.ts$'] },
    ),
    err(
      'access-is-lowest-room',
      'kernel <- platform <- access <- books <- studio <- audit <- app',
      { path: '^src/access/' },
      { path: '^src/(books|studio|audit)/' },
    ),
    err(
      'books-below-studio',
      'kernel <- platform <- access <- books <- studio <- audit <- app',
      { path: '^src/books/' },
      { path: '^src/(studio|audit)/' },
    ),
    err(
      'audit-is-highest-room',
      'kernel <- platform <- access <- books <- studio <- audit <- app',
      { path: '^src/studio/' },
      { path: '^src/audit/' },
    ),
    err(
      'app-is-on-top',
      'The entry files import everything, nothing imports them.',
      { path: '^src/[^/]+/', pathNot: SPEC },
      { path: ENTRY },
    ),
    err(
      'drivers-only-in-adapters',
      'A driver outside its adapter makes the port a lie.',
      { path: '^src/', pathNot: ADAPTERS },
      { path: '(^|node_modules/)(@types/)?(@eventstore/|mongodb|better-sqlite3)' },
    ),
    err(
      'ports-not-adapters',
      'Which adapter it is, is decided in platform/stores, a platform module or an entry file.',
      { path: '^src/', pathNot: ['^src/platform/(stores/|[^/]+/[^/]+\\.module\\.ts$)', ADAPTERS, ENTRY, SPEC] },
      { path: ADAPTERS },
    ),
    err('no-unresolvable', 'An import that leads nowhere.', {}, { couldNotResolve: true }),
    err(
      'src-not-to-test',
      'What ships does not lean on what tests it.',
      { path: '^src/', pathNot: SPEC },
      { path: `^(test|bench)/|${SPEC}` },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

import Database from 'better-sqlite3';
import type { Condition, ViewDefinition } from '../../../kernel/view.js';
import { accessPaths } from '../access-path.js';
import { declarationOf } from '../declaration.js';
import { type Bound, countSql, pageSql } from './find-sql.js';
import { documentsSql, indexing, tablesOf } from './tables.js';

/** As the trail is searched: one organisation, one more condition, newest first. */
const trail = {
  name: 'trail',
  version: 1,
  events: 'all',
  fields: {
    organisation: 'text',
    position: 'text',
    at: 'text',
    person: 'text',
    type: 'text',
    subjects: 'texts',
    words: 'texts',
  },
  sorts: { newest: { field: 'position', direction: 'desc' }, oldest: { field: 'position', direction: 'asc' } },
  indexes: [['organisation'], ['organisation', 'person'], ['organisation', 'type'], ['organisation', 'subjects']],
  keys: () => [],
  fold: () => null,
} as const satisfies ViewDefinition;

const acme: Condition = { field: 'organisation', eq: 'acme' };
const after = { sort: '0000000009', key: 'k' };

describe('SQL of a query', () => {
  let db: Database.Database;
  const declaration = declarationOf(trail);
  const tables = tablesOf('trail', 1, declaration);
  beforeAll(() => {
    db = new Database(':memory:');
    for (const sql of [documentsSql(tables), ...indexing(tables).flatMap(({ sql }) => sql)]) db.exec(sql);
  });
  afterAll(() => {
    db.close();
  });

  const pathOf = (where: readonly Condition[]) => {
    const paths = accessPaths(trail, declaration, { where });
    if (paths === 'nothing') throw new Error('nothing');
    return paths[0]!;
  };
  const planOf = ({ sql, values }: Bound): string[] =>
    db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => detail);

  const cases: [string, Condition[], string[]][] = [
    ['one equality', [acme], ['d USING COVERING INDEX trail#1#organisation/position (f_organisation=?']],
    [
      'equality on the organisation and one other field',
      [acme, { field: 'person', eq: 'bob' }],
      ['d USING COVERING INDEX trail#1#organisation#person/position (f_organisation=? AND f_person=?'],
    ],
    [
      'one of the many values',
      [acme, { field: 'subjects', has: 'ann' }],
      ['s USING PRIMARY KEY (f_organisation=? AND value=?'],
    ],
    [
      'one of the many values, others as a filter',
      [acme, { field: 'subjects', has: 'ann' }, { field: 'subjects', has: 'bob' }],
      [
        's USING PRIMARY KEY (f_organisation=? AND value=?',
        'd USING INTEGER PRIMARY KEY (rowid=?)',
        'm EXISTS USING PRIMARY KEY (f_organisation=? AND value=? AND f_position=? AND key=? AND doc=?)',
      ],
    ],
    [
      'many values as a filter',
      [acme, { field: 'words', hasAny: ['a', 'b'] }],
      [
        'd USING COVERING INDEX trail#1#organisation/position (f_organisation=?',
        'm EXISTS USING PRIMARY KEY (doc=? AND value=?)',
      ],
    ],
    [
      'a filter on a field that only the document has',
      [acme, { field: 'subjects', has: 'ann' }, { field: 'at', from: '2026' }],
      ['s USING PRIMARY KEY (f_organisation=? AND value=?', 'd USING INTEGER PRIMARY KEY (rowid=?)'],
    ],
  ];

  it.each(cases)('walks one index in order, without sorting: %s', (_, where, walked) => {
    for (const sort of ['newest', 'oldest'] as const) {
      for (const cursor of [undefined, after]) {
        const plan = planOf(pageSql(tables, pathOf(where), declaration.sorts[sort]!, cursor, 50));
        expect(plan).toHaveLength(walked.length);
        walked.forEach((start, i) => expect(plan[i]).toContain(start));
        expect(plan.join()).not.toMatch(/TEMP B-TREE|SCAN/);
        if (cursor !== undefined)
          expect(plan[0]).toMatch(sort === 'newest' ? /position,key\)<\(\?,\?\)/ : /position,key\)>\(\?,\?\)/);
      }
    }
  });

  it('breaks no ties of a sort that has none', () => {
    const newest = { field: 'position', direction: 'desc', unique: true } as const;
    const without = tablesOf('trail', 1, { ...declaration, sorts: { newest } });
    for (const where of [[acme], [acme, { field: 'subjects', has: 'ann' }]] satisfies Condition[][]) {
      const { sql, values } = pageSql(without, pathOf(where), newest, after, 50);
      expect(sql).not.toContain('key');
      expect(values.slice(-2)).toEqual([after.sort, 50]);
    }
  });

  it('begins a range of the sort field inside the index', () => {
    const where: Condition[] = [acme, { field: 'type', eq: 'x' }, { field: 'position', from: '1', before: '5' }];
    const [plan, ...others] = planOf(pageSql(tables, pathOf(where), declaration.sorts['newest']!, undefined, 50));
    expect(plan).toContain('f_type=? AND f_position>? AND f_position<?');
    expect(others).toEqual([]);
  });

  it('counts along the same index', () => {
    const plan = planOf(countSql(tables, pathOf([acme, { field: 'person', eq: 'bob' }]), 'position', 10));
    expect(plan.join()).toContain('d USING COVERING INDEX trail#1#organisation#person/position');
  });

  it('keeps outside texts out of the SQL', () => {
    const hostile = `'; DROP TABLE "trail#1"; --`;
    const where: Condition[] = [
      { field: 'organisation', eq: hostile },
      { field: 'person', in: [hostile, 'b'] },
      { field: 'words', has: hostile },
      { field: 'at', from: hostile, to: hostile, before: hostile },
    ];
    const { sql, values } = pageSql(
      tables,
      pathOf(where),
      declaration.sorts['newest']!,
      { sort: hostile, key: hostile },
      5,
    );
    expect(sql).not.toContain('DROP');
    expect(values.filter((value) => value === hostile)).toHaveLength(8);
  });
});

import { createTestDatabase, type TestDatabase } from '#testing';
import { Column, DataSource, Entity, MoreThan, PrimaryColumn } from 'typeorm';

import { bulkInsert } from './bulk-insert.js';

@Entity({ name: 'odd things' })
class Thing {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { nullable: true, name: 'free text' })
  text!: string | null;

  @Column('jsonb', { nullable: true })
  document!: unknown;

  @Column('timestamptz', { nullable: true })
  at!: Date | null;

  @Column('bigint', {
    nullable: true,
    transformer: { to: (value?: bigint) => value, from: (text) => BigInt(text ?? 0) },
  })
  big!: bigint;

  @Column('double precision', { nullable: true })
  measure!: number | null;

  @Column('varchar', { length: 3, default: 'new' })
  code!: string;

  @Column('bytea', { nullable: true })
  bytes!: Buffer | null;

  @Column('boolean', { nullable: true })
  flag!: boolean | null;
}

@Entity()
class Tagged {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text', { array: true })
  tags!: string[];
}

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const entities = [Thing, Tagged];
  source = await new DataSource({ type: 'postgres', url: database.url, entities, synchronize: true }).initialize();
});

beforeEach(() => source.getRepository(Thing).clear());

afterAll(async () => {
  await source?.destroy();
  await database?.drop();
});

const uuid = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
const stored = () => source.getRepository(Thing).find({ order: { id: 'ASC' } });

test('every kind of value comes back as it went in', async () => {
  const rows = [
    {
      id: uuid(1),
      text: 'quote " backslash \\ comma , brace {} NULL \n é 漢字 🦆',
      document: [{ a: [1, null, 'x"y'] }, [], {}],
      at: new Date('2026-11-22T09:30:00.123Z'),
      big: 9_223_372_036_854_775_807n,
      measure: 0.1 + 0.2,
      bytes: Buffer.from([0, 1, 255, 92]),
      flag: true,
    },
    { id: uuid(2), text: 'NULL', document: 'NULL', at: new Date(0), big: -1n, measure: 5e-324, bytes: Buffer.alloc(0) },
    { id: uuid(3), text: '', document: { ' ': '\\' }, flag: false },
    { id: uuid(4), document: 0 },
  ];
  await bulkInsert(source.manager, Thing, rows);
  const blank = { text: null, document: null, at: null, big: 0n, measure: null, bytes: null, flag: null, code: 'new' };
  expect(await stored()).toEqual(rows.map((row) => ({ ...blank, ...row })));
});

test('a property that no row has keeps its default, and one that some rows lack is NULL there', async () => {
  await bulkInsert(source.manager, Thing, [{ id: uuid(1) }, { id: uuid(2), text: 'b' }]);
  expect(await stored()).toMatchObject([
    { text: null, code: 'new' },
    { text: 'b', code: 'new' },
  ]);
  const some = bulkInsert(source.manager, Thing, [{ id: uuid(3) }, { id: uuid(4), code: 'old' }]);
  await expect(some).rejects.toThrow(/"code".*not-null/);
});

test('10,000 rows go in with one statement', async () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => ({ id: uuid(index), measure: index, document: { index } }));
  const returned = await bulkInsert(source.manager, Thing, rows, { returning: ['id'] });
  expect(returned).toHaveLength(10_000);
  expect(await source.getRepository(Thing).countBy({ measure: MoreThan(4_999) })).toBe(5_000);
});

test('rows that are there already are left out and not returned, also when they come twice in one call', async () => {
  await bulkInsert(source.manager, Thing, [{ id: uuid(1), text: 'first' }]);
  const rows = [
    { id: uuid(1), text: 'second' },
    { id: uuid(2), text: 'a' },
    { id: uuid(2), text: 'b' },
  ];
  const returned = await bulkInsert(source.manager, Thing, rows, {
    onConflict: 'nothing',
    returning: ['id', 'text', 'big'],
  });
  expect(returned).toEqual([{ id: uuid(2), text: 'a', big: 0n }]);
  expect(await stored()).toMatchObject([{ text: 'first' }, { text: 'a' }]);
});

test('without onConflict a row that is there already fails all of them', async () => {
  await bulkInsert(source.manager, Thing, [{ id: uuid(1) }]);
  const again = bulkInsert(source.manager, Thing, [{ id: uuid(2) }, { id: uuid(1) }]);
  await expect(again).rejects.toMatchObject({ code: '23505' });
  expect(await stored()).toHaveLength(1);
});

test('NaN and infinities are kept in double precision and refused where only whole numbers fit', async () => {
  const measures = [NaN, Infinity, -Infinity];
  await bulkInsert(
    source.manager,
    Thing,
    measures.map((measure, index) => ({ id: uuid(index), measure })),
  );
  expect((await stored()).map(({ measure }) => measure)).toEqual(measures);
  const fraction = { id: uuid(9), big: NaN as unknown as bigint };
  await expect(bulkInsert(source.manager, Thing, [fraction])).rejects.toMatchObject({ code: '22P02' });
});

test('text that is too long is refused, not shortened', async () => {
  const tooLong = bulkInsert(source.manager, Thing, [{ id: uuid(1), code: 'four' }]);
  await expect(tooLong).rejects.toMatchObject({ code: '22001' });
});

test('what cannot be inserted this way is refused by name before anything is sent', async () => {
  const array = bulkInsert(source.manager, Tagged, [{ id: 1, tags: ['a'] }]);
  await expect(array).rejects.toThrow('cannot fill Tagged.tags');
  const unknown = { id: uuid(1), colour: 'red' } as Partial<Thing>;
  await expect(bulkInsert(source.manager, Thing, [unknown])).rejects.toThrow("Thing has no column 'colour'");
  await expect(bulkInsert(source.manager, Thing, [])).resolves.toEqual([]);
});

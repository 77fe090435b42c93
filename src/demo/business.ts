import type { Chance } from './chance.js';
import type { Diary } from './diary.js';
import { type Office, Person } from './person.js';

/** A small business that frames pictures and takes portraits: its people and what they work with. */
export interface Business {
  readonly chance: Chance;
  readonly diary: Diary;
  /** `/v1/organisations/<id>` */
  readonly at: string;
  readonly people: People;
  readonly customers: readonly string[];
  /** Somebody who was here once, and asks to be forgotten. */
  readonly former: string;
  readonly products: readonly Product[];
  readonly suppliers: readonly Supplier[];
  /** Id of the bank account that money comes into and goes out of. */
  readonly account: string;
  /** The template estimate that offers are copied from. */
  readonly template: string;
  /** What the next statements will say. */
  statement: readonly StatementLine[];
  /** What the last statement ended with, in minor units. */
  balance: number;
}

/** What the bank will say of a payment. */
export interface StatementLine {
  readonly date: string;
  readonly narrative: string;
  /** Minor units; negative for money out. */
  readonly amount: number;
}

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly unitPrice: string;
}

export interface Supplier {
  readonly id: string;
  readonly name: string;
  readonly accountCode: string;
  readonly sells: readonly string[];
}

export const ROLES = {
  owner: 'Primary: founded the business and may do everything',
  bookkeeper: 'bookkeeper: keeps the bank, pays bills, sees wages, approves nothing',
  sales: 'sales: estimates, invoices and customers; deletes nothing',
  purchases: 'purchases: enters bills of suppliers, approves and pays none',
  photographer: 'basic with contracts and invoices: sees the projects that she is assigned to, and nothing else',
  accountant: 'accountant and compliance, and a role of the business’s own that posts journals and locks periods',
} as const;
export type Part = keyof typeof ROLES;
export type People = Readonly<Record<Part, Person>>;

const NAMES: Readonly<Record<Part, readonly [string, string]>> = {
  owner: ['Ann', 'Hale'],
  bookkeeper: ['Bob', 'Price'],
  sales: ['Sue', 'Low'],
  purchases: ['Tom', 'Reed'],
  photographer: ['Ivy', 'Chen'],
  accountant: ['Max', 'Orr'],
};

const CUSTOMERS = [
  'Rosa Klein',
  'Zoe Adler',
  'The Corner Gallery',
  'Priory School',
  'Mary Ash',
  'Harbour Hotel',
  'Omar Haddad',
  'Lena Voss',
  'St Brannock’s Church',
  'June Okafor',
  'Weir & Sons',
] as const;

const PRODUCTS = [
  ['Oak frame 30 x 40', '42.50'],
  ['Oak frame 50 x 70', '68.00'],
  ['Museum glass', '31.20'],
  ['Mount, hand cut', '12.75'],
  ['Portrait sitting', '140.00'],
  ['Print on fine art paper', '24.00'],
] as const;

const SUPPLIERS = [
  ['Severn Timber', '5001', ['Oak moulding', 'Lime moulding', 'Backing board']],
  ['Clearview Glass', '5001', ['Museum glass, sheets', 'Float glass, sheets']],
  ['Pearl Print Lab', '5000', ['Prints', 'Fine art paper']],
  ['Tideway Power', '7200', ['Electricity']],
] as const;

export function hire(office: Office): People {
  const person = ([part, name]: readonly [string, readonly [string, string]], index: number) => [
    part,
    new Person(office, name, `${name[0].toLowerCase()}@hale.example`, `203.0.113.${10 + index}`),
  ];
  return Object.fromEntries(Object.entries(NAMES).map(person)) as People;
}

/** Founds the organisation, invites everybody, and fills in what they work with. */
export async function found(people: People, diary: Diary, chance: Chance): Promise<Business> {
  const { owner, bookkeeper, sales, purchases } = people;
  await owner.signUp();
  const { id } = await owner.post('/v1/organisations', { name: 'Hale & Daughters', currency: 'GBP' });
  const at = `/v1/organisations/${id}`;
  const role = await owner.post(`${at}/roles`, {
    name: 'Year-end accountant',
    description: 'Posts journals and locks periods',
    permissions: ['journals:read', 'journals:create', 'journals:reverse', 'periods:read', 'periods:lock'],
  });
  const invited: readonly (readonly [Person, readonly unknown[]])[] = [
    [bookkeeper, ['bookkeeper']],
    [sales, ['sales']],
    [purchases, ['purchases']],
    [people.photographer, [{ role: 'basic', switches: ['contracts', 'invoices'] }]],
    [people.accountant, ['accountant', 'compliance', role.id]],
  ];
  for (const [person, roles] of invited) {
    const [firstName, lastName] = person.name;
    await owner.post(`${at}/invitations`, { email: person.email, firstName, lastName, roles });
    await person.accept();
  }

  const customers: string[] = [];
  for (const name of CUSTOMERS) {
    const email = `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@customers.example`;
    customers.push(await made(sales, `${at}/customers`, { name, email, country: 'United Kingdom' }));
  }
  const former = await made(sales, `${at}/customers`, { name: 'Finn Gale', email: 'finn@customers.example' });
  const products: Product[] = [];
  for (const [name, unitPrice] of PRODUCTS)
    products.push({
      id: await made(bookkeeper, `${at}/products`, { name, unitPrice, vatRate: 2000 }),
      name,
      unitPrice,
    });
  const suppliers: Supplier[] = [];
  for (const [name, accountCode, sells] of SUPPLIERS)
    suppliers.push({ id: await made(purchases, `${at}/suppliers`, { name }), name, accountCode, sells });
  const account = await made(owner, `${at}/bank-accounts`, {
    name: 'Business current account',
    bankName: 'Severn Bank',
    sortCode: '20-00-00',
    accountNumber: '55779911',
  });
  const template = await made(owner, `${at}/estimates`, {
    template: true,
    date: diary.today,
    reference: 'Portrait and frame',
    lines: [lineOf(products[4]!, 1), lineOf(products[0]!, 1), lineOf(products[3]!, 1)],
  });
  return {
    chance,
    diary,
    at,
    people,
    customers,
    former,
    products,
    suppliers,
    account,
    template,
    statement: [],
    balance: 0,
  };
}

export async function made(person: Person, path: string, body: object): Promise<string> {
  return (await person.post(path, body)).id;
}

export const lineOf = ({ id, name, unitPrice }: Product, quantity: number) => ({
  productId: id,
  description: name,
  quantity,
  unitPrice,
  vatRate: 2000,
});

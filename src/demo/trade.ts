import { addDays } from '../kernel/dates.js';
import { type Business, lineOf, made } from './business.js';

/** What the demo reads of an invoice; amounts in minor units. */
interface Invoice {
  readonly number: number;
  readonly status: string;
  readonly customer: { readonly id: string };
  readonly lines: readonly [Line, ...Line[]];
  readonly total: number;
  readonly outstanding: number;
}

interface Line {
  readonly description: string;
  readonly unitPrice: string;
  readonly vatRate: number;
}

/** An offer is made, accepted or not, turned into an invoice, sent and mostly paid. */
export async function offer(business: Business): Promise<void> {
  const { chance, diary, at, people, customers, products, template } = business;
  const { sales } = people;
  const customerId = chance.one(customers);
  const fromTemplate = chance.happens(0.4);
  const id = fromTemplate
    ? (await sales.post(`${at}/estimates/${template}/copy`, { date: diary.today, customerId })).id
    : await made(sales, `${at}/estimates`, {
        customerId,
        date: diary.today,
        validUntil: addDays(diary.today, 30),
        lines: Array.from({ length: chance.between(1, 3) }, () => lineOf(chance.one(products), chance.between(1, 4))),
      });
  await sales.post(`${at}/estimates/${id}/send`, { mail: false });
  diary.in(chance.between(2, 9), async () => {
    if (chance.happens(0.2)) {
      await sales.post(`${at}/estimates/${id}/decline`, { reason: 'too dear' });
      return;
    }
    await sales.post(`${at}/estimates/${id}/accept`);
    diary.later();
    const dueDate = addDays(diary.today, 14);
    const converted = await sales.post(`${at}/estimates/${id}/convert`, { date: diary.today, dueDate });
    await invoice(business, converted.id);
  });
}

/** One sitting, invoiced on the day and paid in the week after. */
export async function sitting(business: Business, customerId: string): Promise<void> {
  const { diary, at, people, products } = business;
  const id = await made(people.sales, `${at}/invoices`, {
    customerId,
    date: diary.today,
    dueDate: addDays(diary.today, 14),
    lines: [lineOf(products[4]!, 1)],
  });
  await people.sales.post(`${at}/invoices/${id}/issue`);
  diary.in(6, async () => {
    const { outstanding } = await people.bookkeeper.get<Invoice>(`${at}/invoices/${id}`);
    await receive(business, id, outstanding);
  });
}

/** Of a draft: issued, then paid in one or two parts, sometimes late, sometimes not at all. */
async function invoice(business: Business, id: string): Promise<void> {
  const { chance, diary, at, people } = business;
  await people.sales.post(`${at}/invoices/${id}/issue`);
  if (chance.happens(0.06)) {
    diary.in(2, () => voidIt(business, id));
    return;
  }
  if (chance.happens(0.08)) diary.in(6, () => credit(business, id));
  if (chance.happens(0.1)) return;
  diary.in(chance.between(7, 40), async () => {
    const { total, outstanding } = await people.bookkeeper.get<Invoice>(`${at}/invoices/${id}`);
    const inParts = outstanding === total && chance.happens(0.15);
    const first = inParts ? Math.floor(outstanding / 2) : outstanding;
    await receive(business, id, first);
    if (inParts) diary.in(chance.between(10, 20), () => receive(business, id, outstanding - first));
  });
}

async function receive(business: Business, id: string, amount: number): Promise<void> {
  const { diary, at, people, account } = business;
  if (amount <= 0) return;
  const date = diary.today;
  const { number } = await people.bookkeeper.get<Invoice>(`${at}/invoices/${id}`);
  await people.bookkeeper.post(`${at}/invoices/${id}/payments`, { amount, date, paymentAccountId: account });
  banked(business, `FASTER PAYMENT INV ${number}`, amount);
}

/** The sales assistant tries first, and may not. */
async function voidIt({ diary, at, people }: Business, id: string): Promise<void> {
  const reason = { reason: 'made out to the wrong customer' };
  await people.sales.attempt(`${at}/invoices/${id}/void`, reason);
  diary.later();
  await people.owner.post(`${at}/invoices/${id}/void`, reason);
}

async function credit({ diary, at, people }: Business, id: string): Promise<void> {
  const { customer, lines, status } = await people.bookkeeper.get<Invoice>(`${at}/invoices/${id}`);
  if (status !== 'issued') return;
  const { description, unitPrice, vatRate } = lines[0];
  const note = await made(people.bookkeeper, `${at}/credit-notes`, {
    invoiceId: id,
    customerId: customer.id,
    date: diary.today,
    lines: [{ description: `${description}, came back`, quantity: 1, unitPrice, vatRate }],
  });
  await people.bookkeeper.post(`${at}/credit-notes/${note}/issue`);
}

/** A bill is entered by one, approved by another, and paid by a third. */
export async function bill(business: Business): Promise<void> {
  const { chance, diary, at, people, suppliers, account } = business;
  const { purchases, owner, bookkeeper } = people;
  const supplier = chance.one(suppliers);
  const lines = Array.from({ length: chance.between(1, 2) }, () => ({
    description: chance.one(supplier.sells),
    quantity: chance.between(1, 5),
    unitPrice: `${chance.between(8, 60)}.${chance.one(['00', '50', '95'])}`,
    vatRate: 2000,
    accountCode: supplier.accountCode,
  }));
  const reference = `${supplier.name.slice(0, 2).toUpperCase()}-${chance.between(10_000, 99_999)}`;
  const body = { supplierId: supplier.id, date: diary.today, dueDate: addDays(diary.today, 30), reference, lines };
  const id = await made(purchases, `${at}/purchases`, body);
  await purchases.post(`${at}/purchases/${id}/submit`);
  if (chance.happens(0.1)) await purchases.attempt(`${at}/purchases/${id}/approve`);
  diary.in(chance.between(1, 5), async () => {
    await owner.post(`${at}/purchases/${id}/approve`);
    diary.in(chance.between(10, 28), async () => {
      const { total } = await bookkeeper.get<{ readonly total: number }>(`${at}/purchases/${id}`);
      const date = diary.today;
      await bookkeeper.post(`${at}/purchases/${id}/pay`, { amount: total, date, paymentAccountId: account });
      banked(business, `BACS ${supplier.name.toUpperCase()} ${reference}`, -total);
    });
  });
}

function banked(business: Business, narrative: string, amount: number): void {
  business.statement = [...business.statement, { date: business.diary.today, narrative, amount }];
}

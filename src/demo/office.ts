import type { PlainDate } from '../kernel/event.js';
import { type Business, made } from './business.js';
import type { List, Made } from './person.js';

const WAGES_GROSS = 420_000;
const WAGES_NET = 335_000;
const BANK_FEE = 650;

const csvAmount = (minor: number): string => (minor / 100).toFixed(2);

/** The month's statement is fetched from the bank, each line of it found in the books, and both agree. */
export async function reconcile(business: Business, through: PlainDate): Promise<void> {
  const { at, people, account, statement } = business;
  const { bookkeeper } = people;
  const lines = [
    ...statement.filter(({ date }) => date <= through),
    { date: through, narrative: 'ACCOUNT FEE', amount: -BANK_FEE },
  ];
  business.statement = statement.filter(({ date }) => date > through);
  business.balance += lines.reduce((sum, { amount }) => sum + amount, 0);
  const rows = lines.map(({ date, narrative, amount }) => `${date},${narrative},${csvAmount(amount)}`);
  const columns = 'date=Date&description=Narrative&amount=Amount&dateFormat=YYYY-MM-DD';
  await bookkeeper.upload(
    `${at}/bank-accounts/${account}/statements?${columns}`,
    ['Date,Narrative,Amount', ...rows, ''].join('\n'),
  );
  const unexplained = `${at}/transactions?bankAccountId=${account}&status=unexplained&limit=200`;
  const { items } = await bookkeeper.get<List<Made & { readonly description: string }>>(unexplained);
  for (const { id, description } of items) {
    if (description === 'ACCOUNT FEE') {
      await bookkeeper.post(`${at}/transactions/${id}/explain`, { accountCode: '7901' });
      continue;
    }
    const suggested = await bookkeeper.get<List<{ readonly paymentId?: string }>>(
      `${at}/transactions/${id}/suggestions`,
    );
    const paid = suggested.items.find(({ paymentId }) => paymentId !== undefined);
    if (paid !== undefined) await bookkeeper.post(`${at}/transactions/${id}/match`, { paymentId: paid.paymentId });
  }
  await bookkeeper.post(`${at}/bank-accounts/${account}/reconciliations`, {
    through,
    closingBalance: business.balance,
  });
}

/** Confidential: neither the sales assistant nor the photographer learns that there is such an account. */
export async function payWages({ at, people, diary }: Business): Promise<void> {
  await made(people.accountant, `${at}/journals`, {
    date: diary.today,
    description: 'Wages of the month',
    lines: [
      { accountCode: '7000', debit: WAGES_GROSS },
      { accountCode: '2220', credit: WAGES_NET },
      { accountCode: '2210', credit: WAGES_GROSS - WAGES_NET },
    ],
  });
  await people.sales.peek(`${at}/journals`);
}

/** The accountant looks at the quarter, and closes it. */
export async function closeQuarter({ at, people }: Business, through: PlainDate): Promise<void> {
  const { accountant } = people;
  await accountant.get(`${at}/reports/trial-balance?at=${through}`);
  await accountant.get(`${at}/reports/profit-and-loss?from=${through.slice(0, 4)}-01-01&to=${through}`);
  await accountant.post(`${at}/periods/lock`, { through, reason: 'VAT return filed' });
}

/** Projects with the photographer on some of them; she looks where she may not. */
export async function project(business: Business, title: string, hers: boolean): Promise<void> {
  const { at, people, chance, customers, diary } = business;
  const { owner, photographer } = people;
  const id = await made(owner, `${at}/projects`, {
    title,
    customerId: chance.one(customers),
    assigned: hers ? [photographer.userId] : [],
  });
  if (!hers) {
    await photographer.peek(`${at}/projects/${id}`);
    return;
  }
  const task = await made(photographer, `${at}/tasks`, { title: `Prepare: ${title}`, projectId: id });
  diary.in(chance.between(3, 12), async () => {
    await photographer.post(`${at}/tasks/${task}/complete`);
  });
}

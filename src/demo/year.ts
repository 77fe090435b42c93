import { addDays, dateAt } from '../kernel/dates.js';
import { type Business, found, hire, type People } from './business.js';
import { Chance } from './chance.js';
import { Diary } from './diary.js';
import { closeQuarter, payWages, project, reconcile } from './office.js';
import type { Office } from './person.js';
import { bill, offer, sitting } from './trade.js';

export const FIRST_DAY = '2025-01-02';
export const LAST_DAY = '2025-12-31';

const OFFERS_A_MONTH = 6;
const BILLS_A_MONTH = 3;
const PROJECTS = [
  ['02-10', 'Wedding of Lena and Omar', true],
  ['03-17', 'Portraits of the harbour staff', true],
  ['05-12', 'Spring exhibition', false],
  ['06-23', 'School pictures', true],
  ['09-08', 'Autumn exhibition', false],
  ['10-13', 'Family portraits', true],
] as const;

const day = (monthAndDay: string): string => `2025-${monthAndDay}`;
const month = (number: number): string => String(number).padStart(2, '0');
const lastOf = (number: number): string => dateAt(Date.UTC(2025, number, 0));

/**
 * A year of a small business, through commands over HTTP like those of every application, by six people: the same seed gives
 * the same deeds at the same instants. Ids of accounts, and all that is derived from them, are the server's and differ.
 */
export async function liveAYear(
  office: Omit<Office, 'clock'>,
  { diary, seed }: { readonly diary: Diary; readonly seed: number },
  told: (today: string) => void,
): Promise<People> {
  const people = hire({ ...office, clock: diary.clock });
  const chance = new Chance(seed);
  const business = await found(people, diary, chance);
  plan(business);
  await diary.live(LAST_DAY, told);
  return people;
}

/** What is known on the first day; deeds write down what follows from them. */
function plan(business: Business): void {
  const { chance, diary, people, at } = business;
  const { owner, sales, purchases, photographer, accountant } = people;
  for (let number = 1; number <= 12; number++) {
    const within = (): string => day(`${month(number)}-${month(chance.between(number === 1 ? 3 : 1, 24))}`);
    for (let n = 0; n < OFFERS_A_MONTH; n++) diary.on(within(), () => offer(business));
    for (let n = 0; n < BILLS_A_MONTH; n++) diary.on(within(), () => bill(business));
    diary.on(day(`${month(number)}-26`), () => payWages(business));
    if (number < 12) diary.on(addDays(lastOf(number), 3), () => reconcile(business, lastOf(number)));
    if (number % 3 === 0 && number < 12)
      diary.on(addDays(lastOf(number), 20), () => closeQuarter(business, lastOf(number)));
  }
  for (const [on, title, hers] of PROJECTS) diary.on(day(on), () => project(business, title, hers));
  diary.on(day('01-13'), () => sitting(business, business.former));
  diary.on(day('02-18'), () => photographer.peek(`${at}/members`));
  diary.on(day('04-07'), () => owner.put(`${at}/two-pairs-of-eyes`, { on: true }));
  diary.on(day('05-20'), () => sales.attempt(`${at}/invitations`, { email: 'friend@hale.example' }));
  diary.on(day('08-04'), async () => {
    await owner.post(`${at}/members/${purchases.userId}/disable`, { reason: 'on leave for August' });
  });
  diary.on(day('08-05'), () => purchases.peek(`${at}/purchases`));
  diary.on(day('08-06'), async () => {
    await owner.post(`${at}/members/${purchases.userId}/enable`, { reason: 'back early' });
  });
  diary.on(day('11-17'), async () => {
    await accountant.post(`${at}/privacy/erasures`, {
      subject: business.former,
      reason: 'asked for by letter of 14 November',
    });
  });
  diary.on(day('12-15'), async () => {
    await owner.get(`${at}/audit?limit=50`);
    await accountant.get(`${at}/reports/balance-sheet?at=2025-11-30`);
  });
}

import { given, recorded } from '../../../test/support/specification.js';
import { dueReminder, type InvoiceRemindersSet, type ReminderPlan, reminders, setReminders } from './reminder.js';
import { reminderPlansView } from './reminder.view.js';

const plan = (daysAfterDue: readonly number[], brands: ReminderPlan['brands'] = []): ReminderPlan => ({
  daysAfterDue,
  brands,
});
const set = (from: ReminderPlan, to: ReminderPlan): InvoiceRemindersSet => ({
  type: 'InvoiceRemindersSet',
  data: { changes: { daysAfterDue: { from: from.daysAfterDue, to: to.daysAfterDue } } },
});
const organisation = (...events: readonly InvoiceRemindersSet[]) => given(reminders, 'o1', ...events);

describe('setting when customers are reminded', () => {
  it('says what changed, in order and each day once', () =>
    organisation()
      .when(setReminders(plan([14, 7, 14])))
      .then(set(plan([]), plan([7, 14]))));
  it('to what it is changes nothing', () => {
    organisation()
      .when(setReminders(plan([])))
      .then();
    organisation(set(plan([]), plan([7])))
      .when(setReminders(plan([7])))
      .then();
  });
});

describe('the reminder that is due', () => {
  const since = '2026-01-01';
  const dueDate = '2026-02-28';
  it.each<[string, string, number | undefined]>([
    ['on the day it is due', '2026-02-28', undefined],
    ['before the first', '2026-03-06', undefined],
    ['on the day of the first', '2026-03-07', 7],
    ['before the second', '2026-03-13', 7],
    ['on the day of the second', '2026-03-14', 14],
    ['long after', '2027-01-01', 14],
  ])('%s', (_, today, due) => expect(dueReminder({ plan: plan([7, 14]), since }, { dueDate }, today)).toBe(due));

  it('is none that was sent, nor one before it', () => {
    const asked = { plan: plan([7, 14]), since };
    expect(dueReminder(asked, { dueDate, reminded: 7 }, '2026-03-10')).toBeUndefined();
    expect(dueReminder(asked, { dueDate, reminded: 7 }, '2026-03-14')).toBe(14);
    expect(dueReminder(asked, { dueDate, reminded: 14 }, '2026-03-20')).toBeUndefined();
  });
  it('is none whose day was over when the plan was set', () => {
    expect(dueReminder({ plan: plan([7, 14]), since: '2026-03-08' }, { dueDate }, '2026-03-08')).toBeUndefined();
    expect(dueReminder({ plan: plan([7, 14]), since: '2026-03-08' }, { dueDate }, '2026-03-14')).toBe(14);
  });
  it('is that of the brand, which may be none', () => {
    const asked = {
      plan: plan(
        [7],
        [
          { brandId: 'north', daysAfterDue: [1] },
          { brandId: 'south', daysAfterDue: [] },
        ],
      ),
      since,
    };
    expect(dueReminder(asked, { dueDate, brandId: 'north' }, '2026-03-01')).toBe(1);
    expect(dueReminder(asked, { dueDate, brandId: 'south' }, '2026-03-31')).toBeUndefined();
    expect(dueReminder(asked, { dueDate, brandId: 'east' }, '2026-03-31')).toBe(7);
  });
  it('is none where nothing says when it was due', () =>
    expect(dueReminder({ plan: plan([7]), since }, {}, '2999-01-01')).toBeUndefined());
});

describe('the view of plans', () => {
  it('knows who reminds at all', () => {
    const first = reminderPlansView.fold(null, recorded('reminders-o1', 0, set(plan([]), plan([7]))), 'o1');
    expect(first).toEqual({ organisation: 'o1', daysAfterDue: [7], brands: [], reminds: 'yes' });
    const second = reminderPlansView.fold(first, recorded('reminders-o1', 1, set(plan([7]), plan([]))), 'o1');
    expect(second).toMatchObject({ daysAfterDue: [], reminds: 'no' });
  });
});

import type { Recorded } from '../../kernel/event.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { Mail } from '../../platform/mail/mailer.js';
import type { Reactors } from '../../platform/reactor/reactors.js';
import type { Customer } from '../customers/customer.js';
import { CustomerMails, type CustomerLetter } from './customer-mails.reactor.js';

const event = {
  id: 'e-1',
  type: 'InvoiceSent',
  data: { customerId: 'c1', to: 'rosa@klein.example' },
  metadata: { organisation: 'o1' },
} as unknown as Recorded;
const letter: CustomerLetter = {
  customerId: 'c1',
  to: 'rosa@klein.example',
  sender: { name: 'Hale\nLtd', email: 'ann@hale.example', phone: '12\n\nhttps://evil.example' },
  subject: 'Invoice 1',
  lines: ['here it is.'],
  attachments: [],
};
const rosa = {
  id: 'c1',
  fields: { name: 'Rosa\r\nKlein' },
  createdBy: 'u',
  restricted: false,
  contacts: [],
};

async function sent(customer: Customer, asked: CustomerLetter | undefined = letter): Promise<readonly Mail[]> {
  const mails: Mail[] = [];
  const mailer = { send: async (mail: Mail) => void mails.push(mail), close: async () => undefined };
  const states = { load: async () => ({ state: customer }) } as unknown as StateCache;
  const reactor = new CustomerMails(mailer, states, {} as Reactors);
  reactor.register('InvoiceSent', async () => asked);
  expect(reactor.types).toEqual(['InvoiceSent']);
  await reactor.handle(event);
  return mails;
}

describe('a mail to a customer', () => {
  it('is in the name of the business, and names stay on their line', async () => {
    expect(await sent({ status: 'active', ...rosa })).toEqual([
      {
        to: { name: 'Rosa Klein', address: 'rosa@klein.example' },
        fromName: 'Hale Ltd',
        replyTo: 'ann@hale.example',
        subject: 'Invoice 1',
        messageId: 'e-1',
        text: [
          'Dear Rosa Klein,',
          '',
          'here it is.',
          '',
          'Hale Ltd',
          '12 https://evil.example',
          'ann@hale.example',
        ].join('\n'),
        attachments: [],
      },
    ]);
  });

  it('goes to archived customers too', async () => expect(await sent({ status: 'archived', ...rosa })).toHaveLength(1));

  it.each<[string, Customer, CustomerLetter]>([
    ['was erased since', { ...rosa, status: 'erased' }, letter],
    ['was restricted since', { ...rosa, status: 'active', restricted: true }, letter],
    ['is not there', { status: 'absent' }, letter],
    ['has an address that was erased', { ...rosa, status: 'active' }, { ...letter, to: 'erased' }],
  ])('does not go out where the customer %s', async (_, customer, asked) =>
    expect(await sent(customer, asked)).toEqual([]),
  );

  it('does not go out where it must not any more', async () => {
    const mails: Mail[] = [];
    const mailer = { send: async (mail: Mail) => void mails.push(mail), close: async () => undefined };
    const reactor = new CustomerMails(mailer, {} as StateCache, {} as Reactors);
    reactor.register('InvoiceSent', async () => undefined);
    await reactor.handle(event);
    expect(mails).toEqual([]);
  });

  it('is made in one place only', () => {
    const reactor = new CustomerMails({} as never, {} as StateCache, {} as Reactors);
    reactor.register('InvoiceSent', async () => undefined);
    expect(() => reactor.register('InvoiceSent', async () => undefined)).toThrow(/twice/);
  });
});

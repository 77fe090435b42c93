import { given } from '../../../test/support/specification.js';
import { requireUsable, type SupplierEvent, suppliers } from './supplier.js';
import {
  archiveSupplier,
  createSupplier,
  editSupplier,
  eraseSupplier,
  restoreSupplier,
  restrictSupplier,
  setBankDetails,
} from './supplier.decide.js';

const created: SupplierEvent = {
  type: 'SupplierCreated',
  data: { supplierId: 's1', createdBy: 'ann', name: 'Ink & Co', email: 'hello@ink.example', country: 'Germany' },
};
const archived: SupplierEvent = { type: 'SupplierArchived', data: { supplierId: 's1' } };
const restricted: SupplierEvent = { type: 'SupplierRestricted', data: { supplierId: 's1' } };
const erased: SupplierEvent = { type: 'SupplierErased', data: { supplierId: 's1' } };
const banked: SupplierEvent = {
  type: 'SupplierBankDetailsChanged',
  data: {
    supplierId: 's1',
    bankDetails: {
      accountName: { to: 'Ink & Co' },
      sortCode: { to: '20-00-00' },
      accountNumber: { to: '55779911' },
      iban: { to: 'GB33BUKB20201555555555' },
    } as never,
  },
};
const supplier = (...events: readonly SupplierEvent[]) => given(suppliers, 's1', ...events);

describe('creating and editing a supplier', () => {
  it('keeps what was given and leaves out the rest', () =>
    supplier()
      .when(createSupplier({ name: 'Ink & Co', email: null, reference: 'I1', brandId: 'b1' }))
      .then({
        type: 'SupplierCreated',
        data: { supplierId: 'new-id', createdBy: 's1', name: 'Ink & Co', reference: 'I1', brandId: 'b1' },
      }));
  it('keeps personal changes apart from the others', () =>
    supplier(created)
      .when(editSupplier('s1', { email: null, phone: '01', country: 'France' }))
      .then({
        type: 'SupplierEdited',
        data: {
          supplierId: 's1',
          changes: { country: { from: 'Germany', to: 'France' } },
          contact: { email: { from: 'hello@ink.example' }, phone: { to: '01' } },
        } as never,
      }));
  it('does nothing where nothing changes', () =>
    supplier(created)
      .when(editSupplier('s1', { name: 'Ink & Co' }))
      .then());
  it('is refused for an archived, a restricted and an erased one, and for none', () => {
    const edit = editSupplier('s1', { name: 'X' });
    supplier(created, archived).when(edit).thenRefused('conflict', 'supplier-archived');
    supplier(created, restricted).when(edit).thenRefused('conflict', 'restricted');
    supplier(created, erased).when(edit).thenRefused('conflict', 'erased');
    supplier().when(edit).thenRefused('not-found');
  });
});

describe('the bank details of a supplier', () => {
  const details = { accountName: 'Ink & Co', sortCode: '200000', accountNumber: '5577 9911' };

  it('are kept in one spelling', () =>
    supplier(created)
      .when(setBankDetails('s1', { ...details, iban: 'GB33 BUKB 2020 1555 5555 55', bic: 'bukbgb22' }))
      .then({
        type: 'SupplierBankDetailsChanged',
        data: {
          supplierId: 's1',
          bankDetails: {
            accountName: { to: 'Ink & Co' },
            sortCode: { to: '20-00-00' },
            accountNumber: { to: '55779911' },
            iban: { to: 'GB33BUKB20201555555555' },
            bic: { to: 'BUKBGB22' },
          },
        } as never,
      }));
  it('are replaced as a whole', () =>
    supplier(created, banked)
      .when(setBankDetails('s1', details))
      .then({
        type: 'SupplierBankDetailsChanged',
        data: { supplierId: 's1', bankDetails: { iban: { from: 'GB33BUKB20201555555555' } } } as never,
      }));
  it('are left alone where they are the same', () =>
    supplier(created, banked)
      .when(setBankDetails('s1', { ...details, iban: 'gb33bukb20201555555555' }))
      .then());
  it.each([
    [{ ...details, sortCode: '12' }, 'sortCode'],
    [{ ...details, accountNumber: '?' }, 'accountNumber'],
    [{ ...details, iban: 'GB34BUKB20201555555555' }, 'iban'],
    [{ ...details, bic: 'X' }, 'bic'],
  ])('are refused where a number is none: %j', (wrong, field) => {
    expect(() => setBankDetails('s1', wrong)(supplier(created).state, {} as never, undefined)).toThrow(
      new RegExp(`^${field}: `),
    );
  });
  it('are refused for an archived, a restricted and an erased supplier', () => {
    for (const [event, rule] of [
      [archived, 'supplier-archived'],
      [restricted, 'restricted'],
      [erased, 'erased'],
    ] as const)
      supplier(created, event).when(setBankDetails('s1', details)).thenRefused('conflict', rule);
  });
  it('tell the trail where numbers end, and no more', () => {
    const type = suppliers.events.SupplierBankDetailsChanged;
    expect(type.changes?.(banked.data as never)).toEqual([
      { field: 'accountName', from: null, to: 'Ink & Co' },
      { field: 'sortCode', from: null, to: '•••-00' },
      { field: 'accountNumber', from: null, to: '•••911' },
      { field: 'iban', from: null, to: '•••555' },
    ]);
    expect(type.changes?.({ supplierId: 's1', bankDetails: 'erased' })).toEqual([
      { field: 'bankDetails', from: 'erased', to: 'erased' },
    ]);
  });
  it('are gone with an erasure', () => {
    expect(supplier(created, banked, erased).state).toMatchObject({
      bankDetails: { accountName: 'erased', accountNumber: 'erased', iban: 'erased' },
    });
    expect(supplier(created, erased).state).not.toHaveProperty('bankDetails');
  });
});

describe('archiving a supplier', () => {
  it('is done and undone, each once', () => {
    supplier(created).when(archiveSupplier('s1')).then(archived);
    supplier(created, archived).when(archiveSupplier('s1')).then();
    supplier(created, archived)
      .when(restoreSupplier('s1'))
      .then({ type: 'SupplierRestored', data: { supplierId: 's1' } });
    supplier(created).when(restoreSupplier('s1')).then();
    supplier(created, archived, erased).when(restoreSupplier('s1')).then();
  });
});

describe('restricting and erasing a supplier', () => {
  it('restricts and lifts once', () => {
    supplier(created).when(restrictSupplier('s1', true)).then(restricted);
    supplier(created, restricted).when(restrictSupplier('s1', true)).then();
    supplier(created, restricted)
      .when(restrictSupplier('s1', false))
      .then({ type: 'SupplierRestrictionLifted', data: { supplierId: 's1' } });
    supplier(created, erased).when(restrictSupplier('s1', true)).then();
    expect(() => requireUsable(supplier(created, restricted).state)).toThrow(/only be stored/);
  });
  it('erases once, and that is the end', () => {
    supplier(created, archived).when(eraseSupplier('s1')).then(erased);
    supplier(created, erased).when(eraseSupplier('s1')).then();
    supplier().when(eraseSupplier('s1')).thenRefused('not-found');
    expect(supplier(created, erased).state).toMatchObject({
      status: 'erased',
      fields: { name: 'erased', email: 'erased', country: 'Germany' },
    });
    expect(() => requireUsable(supplier(created, erased).state)).toThrow(/erased/);
  });
});

describe('what authorisation knows of a supplier', () => {
  it('is who made it, and its brand', () => {
    expect(suppliers.facts(supplier(created).state)).toEqual({ createdBy: 'ann', brandId: undefined });
    expect(suppliers.facts(supplier().state)).toEqual({});
    expect(suppliers.exists(supplier().state)).toBe(false);
  });
});

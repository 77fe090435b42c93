import { given } from '../../../test/support/specification.js';
import { factsOf, type TransferEvent, transfers, type TransferSide } from './transfer.js';
import { claimTransfer, recordTransfer, voidTransfer } from './transfer.decide.js';

const moved = { from: 'a1', to: 'a2', date: '2026-03-01', amount: 500 };
const made: TransferEvent = {
  type: 'TransferRecorded',
  data: { ...moved, currency: 'GBP', createdBy: 'ann', brands: { to: 'b2' } },
};
const claim = { side: 'from', transactionId: 't1', matchId: 'm1' } as const;
const claimed: TransferEvent = { type: 'TransferClaimed', data: claim };
const voided: TransferEvent = { type: 'TransferVoided', data: { ...moved, reason: 'x' } };
const transfer = (...events: readonly TransferEvent[]) => given(transfers, 'x1', ...events);
const held = (...sides: readonly TransferSide[]) => ({ held: new Set(sides) });

describe('a transfer', () => {
  const OF = { currency: 'GBP', brands: { from: undefined, to: 'b2' } };
  it('is recorded', () =>
    transfer()
      .when(recordTransfer({ ...moved, reference: null }), OF)
      .then({ ...made, data: { ...made.data, createdBy: 'x1' } }));
  it.each([
    ['to where it comes from', { to: 'a1' }],
    ['of nothing', { amount: 0 }],
    ['backwards', { amount: -1 }],
    ['on no day', { date: '2026-02-30' }],
  ])('%s is refused', (_, wrong) =>
    transfer()
      .when(recordTransfer({ ...moved, ...wrong }), OF)
      .thenRefused('validation-failed'),
  );
  it('is voided once, with what it posted, unless a transaction is matched to it', () => {
    transfer(made).when(voidTransfer('x'), held()).then(voided);
    transfer(made, voided).when(voidTransfer('y'), held()).then();
    transfer(made, claimed).when(voidTransfer('x'), held('from')).thenRefused('conflict', 'transfer-matched');
    transfer(made, claimed).when(voidTransfer('x'), held()).then(voided);
    transfer().when(voidTransfer('x'), held()).thenRefused('not-found');
  });
  it('has ends of one transaction each', () => {
    transfer(made).when(claimTransfer(claim), held()).then(claimed);
    transfer(made, claimed).when(claimTransfer(claim), held('from')).then();
    const other = { ...claim, transactionId: 't2', matchId: 'm2' };
    transfer(made, claimed).when(claimTransfer(other), held('from')).thenRefused('conflict', 'already-matched');
    transfer(made, claimed).when(claimTransfer(other), held()).then({ type: 'TransferClaimed', data: other });
    transfer(made, claimed)
      .when(claimTransfer({ ...other, side: 'to' }), held('from'))
      .then({ type: 'TransferClaimed', data: { ...other, side: 'to' } });
    transfer(made, voided).when(claimTransfer(claim), held()).thenRefused('conflict', 'transfer-void');
  });
  it('asks for both of its accounts', () =>
    expect(transfers.facts(transfer(made).state)).toEqual({
      createdBy: 'ann',
      bankAccountId: 'a1',
      brandId: undefined,
      also: [{ permission: 'transactions:read', facts: { createdBy: 'ann', bankAccountId: 'a2', brandId: 'b2' } }],
    }));
  it('asks for what is done with them', () =>
    expect(factsOf(made.data as never, 'transactions:edit').also).toMatchObject([{ permission: 'transactions:edit' }]));
});

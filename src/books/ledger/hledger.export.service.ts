import { Readable } from 'node:stream';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { ORGANISATIONS, type OrganisationDirectory } from '../../access/contract.js';
import { type Evidence, EVIDENCE } from '../../platform/commands/evidence.port.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { RecordKinds } from '../../platform/commands/record-kinds.js';
import { reachesCommon } from '../../platform/http/within-reach.js';
import { type Logger, LOGGER } from '../../platform/telemetry/logger.js';
import type { AccountType } from '../chart/account.js';
import { type Account, ChartReader } from '../chart/chart-reader.service.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import type { OpenItemChange } from './entry.js';
import { type HledgerAccount, hledgerEntry, hledgerHeader, type HledgerType, type HledgerWords } from './hledger.js';
import type { LedgerEntryDoc } from './ledger-entry.view.js';
import { LedgerReader } from './ledger-reader.service.js';

export interface BegunExport {
  readonly file: StreamableFile;
  /** What the export reflects; unsealed. */
  readonly position: string | undefined;
}

const TYPES: Readonly<Record<AccountType, HledgerType>> = {
  'fixed-asset': 'A',
  'current-asset': 'A',
  'current-liability': 'L',
  'long-term-liability': 'L',
  equity: 'E',
  income: 'R',
  'cost-of-sales': 'X',
  overhead: 'X',
};

const KINDS = { debtors: 'customer', creditors: 'supplier' } as const;

/** Streams the whole ledger as a journal of hledger: a page of it is in memory, whatever its size. */
@Injectable()
export class HledgerExport {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly chart: ChartReader,
    private readonly confidential: ConfidentialAccounts,
    private readonly kinds: RecordKinds,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'read'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** @throws Refusal before there is anything to send: not-found for a permission with limits, permission-denied (rule 6) */
  async begin(context: RequestContext): Promise<BegunExport> {
    if (!reachesCommon(context)) throw notFound();
    await this.ledger.requireAllBanks(context);
    await this.ledger.requireNothingHidden(context, {});
    const pages = this.ledger.entries(context);
    const first = await pages.next();
    const accounts = await this.chart.of(context.organisation);
    const accountOf: HledgerWords['accountOf'] = (key) => {
      const account = accounts.byKey(key) ?? accounts.byCode(key);
      if (account === undefined)
        throw new Refusal('unavailable', 'The accounts are being read; try again', { retryAfter: 1 });
      return hledgerAccount(account);
    };
    const hidden = await this.confidential.hiddenFrom(context);
    const currency = await this.organisations.currencyOf(context.organisation);
    const header = hledgerHeader(currency, accounts.all.filter(({ code }) => !hidden.has(code)).map(hledgerAccount));
    await this.evidence.read(context, 'export of the ledger');
    const rest = this.parts(context, header, first.done === true ? undefined : first.value.entries, pages, {
      currency,
      accountOf,
    });
    const file = new StreamableFile(Readable.from(rest, { objectMode: false }), {
      type: 'text/plain; charset=utf-8',
      disposition: 'attachment; filename="ledger.journal"',
    });
    file.setErrorLogger((error) => this.log.warn({ err: error }, 'an export of the ledger was cut off'));
    return { file, position: first.done === true ? undefined : first.value.position };
  }

  /** A part is made when the one before has been sent. Whoever loses the right to it midway gets no end. */
  private async *parts(
    context: RequestContext,
    header: string,
    first: readonly LedgerEntryDoc[] | undefined,
    pages: ReturnType<LedgerReader['entries']>,
    words: Pick<HledgerWords, 'currency' | 'accountOf'>,
  ): AsyncGenerator<string> {
    yield header;
    if (first !== undefined) yield await this.part(context, first, words);
    for await (const { entries } of pages) yield await this.part(context, entries, words);
  }

  private async part(
    context: RequestContext,
    entries: readonly LedgerEntryDoc[],
    words: Pick<HledgerWords, 'currency' | 'accountOf'>,
  ): Promise<string> {
    if (!(await this.seesAll(context, context.permission))) throw notFound();
    const hidden = await this.confidential.hiddenFrom(context);
    if (entries.some(({ accounts }) => accounts.some((key) => hidden.has(key)))) await this.ledger.refuse(context);
    const names = new Map([
      ...(await this.namesOf(context, 'debtors', entries)),
      ...(await this.namesOf(context, 'creditors', entries)),
    ]);
    const nameOf: HledgerWords['nameOf'] = (_, partyId) => names.get(partyId);
    return entries.map((entry) => hledgerEntry(entry, { ...words, nameOf })).join('');
  }

  /** Names are for those who may read all of the customers or suppliers; others have their ids. */
  private async namesOf(
    context: RequestContext,
    ledger: OpenItemChange['ledger'],
    entries: readonly LedgerEntryDoc[],
  ): Promise<ReadonlyMap<string, string>> {
    const items = entries.flatMap(({ openItems }) => openItems.filter((item) => item.ledger === ledger));
    const ids = [...new Set(items.map(({ partyId }) => partyId))];
    const kind = this.kinds.of(KINDS[ledger]);
    if (ids.length === 0 || kind === undefined || !(await this.seesAll(context, kind.readPermission))) return new Map();
    const described = await kind.describe(context.organisation, ids);
    return new Map([...described].map(([id, { label }]) => [id, label]));
  }

  private async seesAll({ principal, organisation }: RequestContext, permission: string): Promise<boolean> {
    const verdict = principal && (await this.authoriser.authorise(principal, organisation, permission));
    return verdict?.allowed === true && verdict.reach.tokens === 'all';
  }
}

const hledgerAccount = ({ code, name, type, bank }: Account): HledgerAccount => ({
  code,
  name,
  type: bank ? 'C' : TYPES[type],
});

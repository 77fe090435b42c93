import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Readable } from 'node:stream';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context, Upload } from '../../platform/http/context.js';
import { Flag, OptionalText, PlainDateField } from '../../platform/http/fields.js';
import { Requires, Streams } from '../../platform/http/route.js';
import type { Mapping } from './columns.js';
import { GetImport, ImportFile, RehearseImport } from './import.handlers.js';
import { IMPORT_PERMISSIONS, type ImportKind } from './import.js';
import { FIELDS } from './import.works.service.js';

/** How a file is to be read, and whether anything is to come of it. */
class ImportQuery {
  @Flag({
    optional: true,
    description:
      'true: nothing is written, and the answer (200) says what would be, with the rows that would be rejected',
  })
  dryRun?: boolean;
}

const MAX_NAME = 200;

/** The query of one kind of import. What a file does not call by our names, the query names: `name=Company`. */
function queryOf(kind: ImportKind): new () => ImportQuery {
  class KindQuery extends ImportQuery {}
  for (const { name, required } of FIELDS[kind]) {
    const description = `Name of the column of ${name}, where the file calls it differently${required ? '; there has to be one' : ''}`;
    OptionalText({ max: MAX_NAME, description })(KindQuery.prototype, name);
  }
  return KindQuery;
}

export class ImportCustomersQuery extends queryOf('customers') {}
export class ImportSuppliersQuery extends queryOf('suppliers') {}
export class ImportProductsQuery extends queryOf('products') {}
/** Without the name of a column the file has those of the contract, all of them. */
export class ImportInvoicesQuery extends queryOf('invoices') {}
export class ImportOpeningBalancesQuery extends queryOf('opening-balances') {
  @PlainDateField({ description: 'The day on whose evening the books stood so' })
  date!: string;
}

@Controller('v1/organisations/:org/imports')
export class ImportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('invoices')
  @Requires(IMPORT_PERMISSIONS.invoices)
  @Streams('text/csv')
  invoices(
    @Context() context: RequestContext,
    @Upload() upload: Readable,
    @Query() query: ImportInvoicesQuery,
  ): Promise<CommandAnswer | QueryAnswer> {
    return this.take('invoices', context, upload, query);
  }

  @Post('customers')
  @Requires(IMPORT_PERMISSIONS.customers)
  @Streams('text/csv')
  customers(
    @Context() context: RequestContext,
    @Upload() upload: Readable,
    @Query() query: ImportCustomersQuery,
  ): Promise<CommandAnswer | QueryAnswer> {
    return this.take('customers', context, upload, query);
  }

  @Post('suppliers')
  @Requires(IMPORT_PERMISSIONS.suppliers)
  @Streams('text/csv')
  suppliers(
    @Context() context: RequestContext,
    @Upload() upload: Readable,
    @Query() query: ImportSuppliersQuery,
  ): Promise<CommandAnswer | QueryAnswer> {
    return this.take('suppliers', context, upload, query);
  }

  @Post('products')
  @Requires(IMPORT_PERMISSIONS.products)
  @Streams('text/csv')
  products(
    @Context() context: RequestContext,
    @Upload() upload: Readable,
    @Query() query: ImportProductsQuery,
  ): Promise<CommandAnswer | QueryAnswer> {
    return this.take('products', context, upload, query);
  }

  /** One journal on the day; what the balances come to has its other side on the account of opening balances. */
  @Post('opening-balances')
  @Requires(IMPORT_PERMISSIONS['opening-balances'])
  @Streams('text/csv')
  openingBalances(
    @Context() context: RequestContext,
    @Upload() upload: Readable,
    @Query() query: ImportOpeningBalancesQuery,
  ): Promise<CommandAnswer | QueryAnswer> {
    return this.take('opening-balances', context, upload, query);
  }

  /** An import of invoices. */
  @Get(':id')
  @Requires(IMPORT_PERMISSIONS.invoices)
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, 'invoices', id));
  }

  @Get('invoices/:id')
  @Requires(IMPORT_PERMISSIONS.invoices)
  getInvoices(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, 'invoices', id));
  }

  @Get('customers/:id')
  @Requires(IMPORT_PERMISSIONS.customers)
  getCustomers(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, 'customers', id));
  }

  @Get('suppliers/:id')
  @Requires(IMPORT_PERMISSIONS.suppliers)
  getSuppliers(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, 'suppliers', id));
  }

  @Get('products/:id')
  @Requires(IMPORT_PERMISSIONS.products)
  getProducts(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, 'products', id));
  }

  @Get('opening-balances/:id')
  @Requires(IMPORT_PERMISSIONS['opening-balances'])
  getOpeningBalances(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetImport(context, 'opening-balances', id));
  }

  private take(
    kind: ImportKind,
    context: RequestContext,
    upload: Readable,
    { dryRun, ...query }: ImportQuery & { readonly date?: string },
  ): Promise<CommandAnswer | QueryAnswer> {
    const asked = { kind, columns: columnsIn(kind, query), date: query.date };
    return dryRun === true
      ? this.queries.execute(new RehearseImport(context, asked, upload))
      : this.commands.execute(new ImportFile(context, asked, upload));
  }
}

function columnsIn(kind: ImportKind, query: object): Mapping | undefined {
  const given = query as Readonly<Record<string, string | undefined>>;
  const columns = FIELDS[kind].flatMap(({ name }) => {
    const column = given[name];
    return column === undefined ? [] : [[name, column.trim()] as const];
  });
  return columns.length === 0 ? undefined : Object.fromEntries(columns);
}

#!/usr/bin/env node
import { Command } from 'commander';
import { assertEmbedded, backup } from './backup-command.js';
import { importInvoices } from './import-command.js';
import { serve } from './main.js';
import { readSettings } from './platform/config/settings.js';
import { rebuild } from './rebuild-command.js';
import { restore } from './restore-command.js';

const program = new Command('countersign').description('Who may do what, and who did it').showHelpAfterError();

program
  .command('serve')
  .description('serve the HTTP API; settings come from the environment (HOST, PORT, DATA_DIR ...)')
  .action(() => serve(readSettings(process.env)));

program
  .command('import')
  .description(
    'import invoices from a CSV file into an organisation of a running server; the token comes from COUNTERSIGN_TOKEN',
  )
  .argument(
    '<file>',
    'CSV with the columns InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  )
  .requiredOption('--organisation <id>', 'whose books it goes into')
  .option('--url <url>', 'where the server is', 'http://127.0.0.1:3000')
  .action(async (file: string, { organisation, url }: { organisation: string; url: string }) => {
    const token = process.env.COUNTERSIGN_TOKEN;
    if (token === undefined)
      throw new Error('COUNTERSIGN_TOKEN is not set: give the access token of somebody who may import');
    for (const line of await importInvoices({ file, organisation, url, token })) console.log(line);
  });

program
  .command('rebuild')
  .description('fold the views anew from the log, while a server goes on or without one')
  .argument('[view]', 'all by default')
  .action((view: string | undefined) => rebuild(readSettings(process.env), view));

program
  .command('backup')
  .description('copy the log and the vault of DATA_DIR, apart from each other, while a server goes on or without one')
  .argument('<folder>', 'a new or empty one; gets log/ and vault/')
  .option('--vault <folder>', 'where the vault goes instead')
  .action(async (folder: string, { vault }: { vault?: string }) => {
    assertEmbedded(process.env);
    for (const line of await backup(readSettings(process.env), folder, vault)) console.log(line);
  });

program
  .command('restore')
  .description('verify a backup and bring it back into DATA_DIR, which must be empty but for master.key')
  .argument('<folder>', 'that was given to backup')
  .option('--vault <folder>', 'where the vault is, if not in it')
  .option(
    '--erasures <files...>',
    'newer registers: erasures.json of later backups, or a vault.db; what they say was erased is erased again',
  )
  .action(async (folder: string, options: { vault?: string; erasures?: string[] }) => {
    assertEmbedded(process.env);
    for (const line of await restore(readSettings(process.env), folder, options)) console.log(line);
  });

try {
  await program.parseAsync();
} catch (error) {
  // One line that says what and why; the stack is for those who look for it.
  console.error(error instanceof Error ? error.message : String(error));
  if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
}

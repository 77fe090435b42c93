#!/usr/bin/env node
import { Command } from 'commander';
import { readSettings } from './platform/config/settings.js';
import type { RecoverOptions } from './recover-command.js';
import type { VerifyOptions } from './verify-command.js';

/** Each command loads what it needs: the server alone is hundreds of modules, a second of CPU. */
const program = new Command('countersign').description('Who may do what, and who did it').showHelpAfterError();

program
  .command('serve')
  .description('serve the HTTP API; settings come from the environment (HOST, PORT, DATA_DIR ...)')
  .action(async () => {
    const settings = readSettings(process.env);
    const { serve } = await import('./main.js');
    await serve(settings);
  });

program
  .command('demo')
  .description('make an organisation with a year of business and six people to look at, in an empty DATA_DIR')
  .option('--seed <number>', 'another seed gives another year', '1')
  .action(async ({ seed }: { seed: string }) => {
    if (!/^\d{1,9}$/.test(seed)) throw new Error('--seed is a whole number of up to nine digits');
    const { demo } = await import('./demo-command.js');
    for (const line of await demo(readSettings(process.env), { seed: Number(seed) })) console.log(line);
  });

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
    const { importInvoices } = await import('./import-command.js');
    for (const line of await importInvoices({ file, organisation, url, token })) console.log(line);
  });

program
  .command('rebuild')
  .description('fold the views anew from the log, while a server goes on or without one')
  .argument('[view]', 'all by default')
  .action(async (view: string | undefined) => {
    const { rebuild } = await import('./rebuild-command.js');
    await rebuild(readSettings(process.env), view);
  });

program
  .command('move')
  .description(
    'bring the embedded log of DATA_DIR to another store, with its ids, its order and its proofs; stop the server first. Interrupted, it goes on where it was',
  )
  .requiredOption('--to <store>', 'esdb://... of an EventStoreDB that holds nothing else, or a new folder')
  .action(async ({ to }: { to: string }) => {
    const { move } = await import('./move-command.js');
    for (const line of await move(readSettings(process.env), to)) console.log(line);
  });

program
  .command('backup')
  .description(
    'copy the log with its attachments and the vault of DATA_DIR, apart from each other, while a server goes on or without one',
  )
  .argument('<folder>', 'a new or empty one; gets log/ and vault/')
  .option('--vault <folder>', 'where the vault goes instead')
  .action(async (folder: string, { vault }: { vault?: string }) => {
    const { assertEmbedded, backup } = await import('./backup-command.js');
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
    const [{ assertEmbedded }, { restore }] = await Promise.all([
      import('./backup-command.js'),
      import('./restore-command.js'),
    ]);
    assertEmbedded(process.env);
    for (const line of await restore(readSettings(process.env), folder, options)) console.log(line);
  });

program
  .command('recover-primary')
  .description(
    'give a Primary who lost everything their account back, by a link; stop the server first if its stores are embedded',
  )
  .argument('<organisation>', 'id of the organisation whose Primary it is')
  .option('--to <email>', 'the address that they sign in with from now on, which you have found to be theirs')
  .option('--reason <text>', 'for the trail: who asked you, and how you know that it is them')
  .action(async (organisation: string, options: RecoverOptions) => {
    const { recoverPrimary } = await import('./recover-command.js');
    for (const line of await recoverPrimary(readSettings(process.env), organisation, options)) console.log(line);
  });

program
  .command('verify')
  .description(
    'check an exported bundle, offline, or with --store the log itself, while a server goes on or without one',
  )
  .argument('[bundle]', 'a file in the format jsonl that audit/export answered')
  .option('--store', 'check the log of DATA_DIR or EVENT_STORE_URL instead of a bundle')
  .option(
    '--key <verifier key>',
    'a key that you trust, from GET .../audit/checkpoints at another time; may be given several times',
    (key: string, before: readonly string[] | undefined) => [...(before ?? []), key],
  )
  .option('--against <file>', 'older checkpoints, one or those of a witness, which all must go on from')
  .action(async (bundle: string | undefined, { store, ...options }: VerifyOptions & { store?: boolean }) => {
    if ((bundle === undefined) === (store === undefined)) throw new Error('Give the file of a bundle, or --store');
    const { verifyFile, verifyLog } = await import('./verify-command.js');
    const lines =
      bundle === undefined ? await verifyLog(readSettings(process.env), options) : await verifyFile(bundle, options);
    for (const line of lines) console.log(line);
  });

program
  .command('rotate-signing-key')
  .description(
    'sign checkpoints with a new key from now on; the old ones stay good for what they have signed. Stop the server first if its log is embedded',
  )
  .action(async () => {
    const { rotateKey } = await import('./rotate-command.js');
    for (const line of await rotateKey(readSettings(process.env))) console.log(line);
  });

try {
  await program.parseAsync();
} catch (error) {
  // One line that says what and why; the stack is for those who look for it.
  console.error(error instanceof Error ? error.message : String(error));
  if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
}

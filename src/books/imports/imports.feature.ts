import { join } from 'node:path';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { GetImportHandler, ImportInvoicesHandler } from './import.handlers.js';
import { ImportKind } from './import.kind.js';
import { ImportRunner } from './import.runner.js';
import { Uploads } from './import.upload.js';

/** Providers of this feature. */
export const imports = [
  {
    provide: Uploads,
    useFactory: ({ dataDir }: Settings) => new Uploads(join(dataDir, 'imports')),
    inject: [SETTINGS],
  },
  ImportRunner,
  ImportKind,
  ImportInvoicesHandler,
  GetImportHandler,
];

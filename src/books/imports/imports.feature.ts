import { join } from 'node:path';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import type { Feature } from '../../platform/feature.js';
import { GetImportHandler, ImportFileHandler, RehearseImportHandler } from './import.handlers.js';
import { ImportsController } from './import.http.js';
import { ImportRecordKinds } from './import.kind.js';
import { ImportRunner } from './import.runner.js';
import { Uploads } from './import.upload.js';
import { ImportWorks } from './import.works.service.js';

/** For the room's module. */
export const importsFeature: Feature = {
  controllers: [ImportsController],
  providers: [
    ImportRecordKinds,
    {
      provide: Uploads,
      useFactory: ({ dataDir }: Settings) => new Uploads(join(dataDir, 'imports')),
      inject: [SETTINGS],
    },
    ImportWorks,
    ImportRunner,
    ImportFileHandler,
    RehearseImportHandler,
    GetImportHandler,
  ],
};

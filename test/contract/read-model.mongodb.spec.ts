import { jest } from '@jest/globals';
import { openMongoReadModel } from '../../src/platform/read-model/mongodb/read-model.js';
import { openMongoViewWriter } from '../../src/platform/read-model/mongodb/view-writer.js';
import { freshDatabase, mongoMissing } from '../support/mongodb.js';
import { readModelContract } from './read-model.contract.js';

// A view has some 20 indexes here, which FerretDB makes and looks through at a pace of its own.
jest.setTimeout(240_000);

const skipReason = await mongoMissing('READ_MODEL_URL');

readModelContract({
  name: 'MongoDB',
  ...(skipReason === undefined ? {} : { skipReason }),
  open: async () => {
    const { url, dispose } = await freshDatabase('READ_MODEL_URL');
    const model = await openMongoReadModel({ url });
    const writer = await openMongoViewWriter({ url });
    return {
      model,
      writer,
      dispose: async () => {
        await model.close();
        await writer.close();
        await dispose();
      },
    };
  },
});

import type { Feature } from '../../platform/feature.js';
import { SearchRecordsHandler } from './search.handlers.js';
import { SearchController } from './search.http.js';
import { RecordSearch } from './search.service.js';

/** For the room's module. */
export const searchFeature: Feature = {
  controllers: [SearchController],
  providers: [RecordSearch, SearchRecordsHandler],
};

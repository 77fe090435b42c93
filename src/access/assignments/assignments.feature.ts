import type { Feature } from '../../platform/feature.js';
import { AssignmentsService } from './assignments.service.js';
import { AssignmentsUpkeep } from './assignments-upkeep.reactor.js';

/** For the room's module. */
export const assignmentsFeature: Feature = {
  controllers: [],
  providers: [AssignmentsService, AssignmentsUpkeep],
};

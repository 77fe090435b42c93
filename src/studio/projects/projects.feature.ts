import { PROJECTS } from '../../access/contract.js';
import type { Feature } from '../../platform/feature.js';
import { Assigning } from './assigning.service.js';
import {
  ArchiveProjectHandler,
  AssignProjectHandler,
  CreateProjectHandler,
  EditProjectHandler,
  GetProjectHandler,
  ListProjectsHandler,
  UnarchiveProjectHandler,
} from './project.handlers.js';
import { ProjectsController } from './project.http.js';
import { projectKind } from './project.kind.js';
import { ProjectsDirectory } from './projects-directory.service.js';
import { StudioReferences } from './studio-references.service.js';

/** For the room's module, which exports `PROJECTS` to everybody. */
export const projectsFeature: Feature = {
  controllers: [ProjectsController],
  providers: [
    projectKind,
    { provide: PROJECTS, useClass: ProjectsDirectory },
    StudioReferences,
    Assigning,
    CreateProjectHandler,
    EditProjectHandler,
    ArchiveProjectHandler,
    UnarchiveProjectHandler,
    AssignProjectHandler,
    GetProjectHandler,
    ListProjectsHandler,
  ],
};

import { fileURLToPath } from 'node:url';

/** The repository's root, whether this runs as source or from .build. */
export const repositoryRoot: string = fileURLToPath(
  new URL(import.meta.url.includes('/.build/test/support/') ? '../../../' : '../../', import.meta.url),
);

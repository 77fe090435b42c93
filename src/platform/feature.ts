import type { Provider, Type } from '@nestjs/common';

/** What the folder of one feature adds to the module of its room; stands in `<feature>.feature.ts`. */
export interface Feature {
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
}

/** The features of a room as its module takes them. */
export const together = (features: readonly Feature[]): { controllers: Type[]; providers: Provider[] } => ({
  controllers: features.flatMap(({ controllers }) => controllers),
  providers: features.flatMap(({ providers }) => providers),
});

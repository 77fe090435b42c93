import { type DynamicModule, Module } from '@nestjs/common';
import { PublicUrl } from './public-url.js';
import { SETTINGS, type Settings } from './settings.js';

/** Makes the settings that the entry file has read available everywhere, as `SETTINGS`, and the instance's `PublicUrl`. */
@Module({})
export class ConfigModule {
  static of(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: PublicUrl, useFactory: () => new PublicUrl(settings.publicUrl) },
      ],
      exports: [SETTINGS, PublicUrl],
    };
  }
}

import type { Life } from './life.js';

/** Loaded one by one: a process that is to die soon has no time for what it does not need. */
export const lives = {
  log: async (): Promise<Life> => (await import('./log.life.js')).logLife,
  vault: async (): Promise<Life> => (await import('./vault.life.js')).vaultLife,
  views: async (): Promise<Life> => (await import('./views.life.js')).viewsLife,
} as const;
export type LifeName = keyof typeof lives;

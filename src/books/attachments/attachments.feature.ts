import { join } from 'node:path';
import { VAULT } from '../../platform/commands/tokens.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import type { Feature } from '../../platform/feature.js';
import type { Vault } from '../../platform/vault/vault.port.js';
import { AttachedFiles } from './attached-files.service.js';
import { ATTACHMENTS, AttachmentFiles } from './attachment.files.js';
import {
  AddAttachmentHandler,
  ListAttachmentsHandler,
  ReadAttachmentHandler,
  RemoveAttachmentHandler,
} from './attachment.handlers.js';
import { AttachmentsController } from './attachment.http.js';
import { AttachmentRecovery } from './attachment.recovery.js';
import { AttachmentSweeper } from './attachment.sweeper.js';

/** For the room's module. */
export const attachmentsFeature: Feature = {
  controllers: [AttachmentsController],
  providers: [
    {
      provide: AttachmentFiles,
      useFactory: ({ dataDir }: Settings, vault: Vault) => new AttachmentFiles(join(dataDir, ATTACHMENTS), vault),
      inject: [SETTINGS, VAULT],
    },
    AttachedFiles,
    AttachmentRecovery,
    AttachmentSweeper,
    AddAttachmentHandler,
    RemoveAttachmentHandler,
    ListAttachmentsHandler,
    ReadAttachmentHandler,
  ],
};

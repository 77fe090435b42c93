import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import type { Privacy } from './privacy.js';
import { PrivacyWork } from './privacy.work.js';
import { privacyRequestsView } from './request.view.js';

/** Requests, for those who show records of all kinds. Whom one is of is named by nothing but the person's own record. */
export const privacyRequestKind = viewKind({
  kind: 'privacy-request',
  readPermission: 'privacy:read',
  view: privacyRequestsView,
  describe: ({ kind }) => ({ label: `Request (${kind})`, facts: {} }),
});

type Entries = (state: Privacy) => ReadonlyMap<string, unknown>;

const LABELS: Readonly<Record<string, { readonly label: string; readonly entries: Entries }>> = {
  'privacy-hold': { label: 'Legal hold', entries: ({ holds }) => holds },
  'privacy-restriction': { label: 'Restriction', entries: ({ restrictions }) => restrictions },
  'privacy-erasure': { label: 'Erasure', entries: ({ erasures }) => erasures },
  'privacy-export': { label: 'Data export', entries: ({ exports }) => exports },
};

/** The entries of the register, likewise. */
@Injectable()
export class PrivacyKinds implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    private readonly work: PrivacyWork,
  ) {}

  onModuleInit(): void {
    for (const [kind, { label, entries }] of Object.entries(LABELS)) {
      const readPermission: RecordKind['readPermission'] = 'privacy:read';
      this.kinds.register({
        kind,
        readPermission,
        describe: async (organisation, ids) => {
          const known = entries(await this.work.state(organisation));
          const described: [string, RecordDescription][] = ids.flatMap((id) =>
            known.has(id) ? [[id, { label, facts: {} }]] : [],
          );
          return new Map(described);
        },
      });
    }
  }
}

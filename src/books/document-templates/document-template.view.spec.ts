import { recorded } from '../../../test/support/specification.js';
import type { DocumentTemplateEvent } from './document-template.js';
import { type DocumentTemplateDoc, documentTemplatesView } from './document-template.view.js';

const plain: DocumentTemplateDoc = {
  name: 'Plain',
  kind: 'invoice',
  brandId: 'n',
  default: true,
  organisation: '',
  revision: 0,
  archived: false,
  createdBy: 'ann',
  created: '00000007',
  reach: ['*|n|', 'by:ann', 'by:ann|n|'],
};
const of = { templateId: 't', name: 'Plain' };

const rows: readonly [string, DocumentTemplateDoc | null, DocumentTemplateEvent, DocumentTemplateDoc | null][] = [
  [
    'DocumentTemplateCreated',
    null,
    {
      type: 'DocumentTemplateCreated',
      data: { ...of, kind: 'invoice', brandId: 'n', default: true, createdBy: 'ann' },
    },
    plain,
  ],
  [
    'DocumentTemplateEdited',
    plain,
    {
      type: 'DocumentTemplateEdited',
      data: { ...of, revision: 1, changes: { default: { from: true, to: false } } },
    },
    { ...plain, default: false, revision: 1 },
  ],
  [
    'DocumentTemplateArchived',
    plain,
    { type: 'DocumentTemplateArchived', data: { ...of, revision: 1 } },
    { ...plain, archived: true, default: false, revision: 1 },
  ],
  [
    'DocumentTemplateRestored',
    { ...plain, archived: true, default: false, revision: 1 },
    { type: 'DocumentTemplateRestored', data: { ...of, revision: 2 } },
    { ...plain, default: false, revision: 2 },
  ],
  ['DocumentTemplateArchived of none', null, { type: 'DocumentTemplateArchived', data: { ...of, revision: 1 } }, null],
];

describe('the document templates view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    const folded = documentTemplatesView.fold(before, recorded('document-templates-o1', 7, event), 't');
    expect(folded).toEqual(after);
  });

  it('keeps a document per template, out of one stream', () => {
    const keys = rows.map(([, , event]) => documentTemplatesView.keys(recorded('document-templates-o1', 0, event)));
    expect(keys).toEqual(rows.map(() => ['t']));
  });
});

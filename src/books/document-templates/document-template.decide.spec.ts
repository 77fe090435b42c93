import { given } from '../../../test/support/specification.js';
import { type DocumentTemplateEvent, documentTemplates } from './document-template.js';
import { changeTemplate, createTemplate, MAX_TEMPLATES } from './document-template.decide.js';

type Created = Extract<DocumentTemplateEvent, { type: 'DocumentTemplateCreated' }>;

const created = (templateId: string, more: Partial<Created['data']> = {}): Created => ({
  type: 'DocumentTemplateCreated',
  data: { templateId, createdBy: 'ann', name: `Template ${templateId}`, kind: 'invoice', default: false, ...more },
});
const edited = (templateId: string, revision: number, changes: object): DocumentTemplateEvent => ({
  type: 'DocumentTemplateEdited',
  data: { templateId, name: `Template ${templateId}`, revision, changes },
});
const archived = (templateId: string, revision: number): DocumentTemplateEvent => ({
  type: 'DocumentTemplateArchived',
  data: { templateId, name: `Template ${templateId}`, revision },
});
const organisation = (...events: readonly DocumentTemplateEvent[]) => given(documentTemplates, 'o1', ...events);
const stepsBack = { default: { from: true, to: false } };
const stepsForward = { default: { from: false, to: true } };

describe('adding a template', () => {
  it('keeps what was given', () =>
    organisation()
      .when(createTemplate({ name: 'Plain', kind: 'estimate', brandId: 'b', accentColour: '#AA00FF', terms: null }))
      .then({
        type: 'DocumentTemplateCreated',
        data: {
          templateId: 'new-id',
          createdBy: 'o1',
          name: 'Plain',
          kind: 'estimate',
          brandId: 'b',
          default: false,
          accentColour: '#aa00ff',
        },
      }));
  it('as the default takes that from the one of its brand and kind, and from no other', () =>
    organisation(
      created('a', { default: true }),
      created('b', { default: true, brandId: 'north' }),
      created('c', { default: true, brandId: 'south' }),
      created('d', { default: true, brandId: 'north', kind: 'estimate' }),
    )
      .when(createTemplate({ name: 'New', kind: 'invoice', brandId: 'north', default: true }))
      .then(
        edited('b', 1, stepsBack),
        created('new-id', { name: 'New', brandId: 'north', default: true, createdBy: 'o1' }),
      ));
  it('ends somewhere, for each brand and kind apart', () => {
    const many = Array.from({ length: MAX_TEMPLATES }, (_, index) => created(`t${index}`, { brandId: 'north' }));
    organisation(...many)
      .when(createTemplate({ name: 'New', kind: 'invoice', brandId: 'north' }))
      .thenRefused('conflict', 'too-many-templates');
    organisation(...many)
      .when(createTemplate({ name: 'New', kind: 'invoice', brandId: 'south' }))
      .then(created('new-id', { name: 'New', brandId: 'south', createdBy: 'o1' }));
  });
});

describe('changing a template', () => {
  it('says what changed, and counts its own revisions', () =>
    organisation(created('a'), created('b'), edited('b', 1, { terms: { to: '30 days' } }))
      .when(changeTemplate('b', { terms: '14 days', name: 'Template b' }))
      .then(edited('b', 2, { terms: { from: '30 days', to: '14 days' } })));
  it('to the default says so last', () =>
    organisation(created('a', { default: true }), created('b'))
      .when(changeTemplate('b', { default: true }))
      .then(edited('a', 1, stepsBack), edited('b', 1, stepsForward)));
  it('to the default that it is, or to none that it is not, changes nothing', () => {
    organisation(created('a', { default: true }))
      .when(changeTemplate('a', { default: true }))
      .then();
    organisation(created('a'))
      .when(changeTemplate('a', { default: false }))
      .then();
  });
  it('archives: then it is no default, and is not edited', () => {
    const was = created('a', { default: true });
    organisation(was)
      .when(changeTemplate('a', { archived: true }))
      .then(archived('a', 1));
    organisation(was, archived('a', 1), created('b'))
      .when(changeTemplate('b', { default: true }))
      .then(edited('b', 1, stepsForward));
    organisation(was, archived('a', 1))
      .when(changeTemplate('a', { default: true }))
      .thenRefused('conflict', 'template-archived');
    organisation(was)
      .when(changeTemplate('a', { default: true, archived: true }))
      .thenRefused('conflict', 'template-archived');
    organisation(was, archived('a', 1))
      .when(changeTemplate('a', { archived: true }))
      .then();
  });
  it('takes out of the archive, as the default where that is asked for', () =>
    organisation(created('a', { default: true }), archived('a', 1))
      .when(changeTemplate('a', { archived: false, default: true }))
      .then(
        { type: 'DocumentTemplateRestored', data: { templateId: 'a', name: 'Template a', revision: 2 } },
        edited('a', 3, stepsForward),
      ));
  it('is refused for none', () => organisation().when(changeTemplate('a', {})).thenRefused('not-found'));
});

describe('what the trail says', () => {
  const { DocumentTemplateEdited } = documentTemplates.events;
  const data = (changes: object) => ({ templateId: 'a', name: 'Plain', revision: 1, changes });

  it.each([
    [stepsForward, 'made the document template Plain the default'],
    [stepsBack, 'made the document template Plain no default any more'],
    [{ ...stepsBack, terms: { from: 'x', to: 'y' } }, 'edited the document template Plain'],
    [{ name: { from: 'Fancy', to: 'Plain' } }, 'renamed the document template Fancy to Plain'],
  ])('of %j', (changes, sentence) => expect(DocumentTemplateEdited.summary(data(changes))).toBe(sentence));
});

import type { Feature } from '../../platform/feature.js';
import { DocumentPdf } from './document-pdf.service.js';
import { PdfService } from './pdf.service.js';

/** For the room's module: documents and reports as PDFs. */
export const renderingFeature: Feature = { controllers: [], providers: [PdfService, DocumentPdf] };

import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Countersign API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/init.js"></script>
  </body>
</html>
`;

/** No validator: that would send the document to a server of somebody else. */
const SCRIPT = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** The files of the reader come with @nestjs/swagger. */
function assetsFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
  return dirname(require.resolve('swagger-ui-dist/package.json'));
}

/**
 * `/openapi.json` and its reader at `/docs`, which loads nothing from elsewhere. In a context of their own, because helmet costs 30
 * microseconds a request and only these pages are looked at in a browser.
 */
export async function serveDocs(instance: FastifyInstance, document: () => object): Promise<void> {
  await instance.register(helmet, {
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
    // Whoever terminates TLS in front decides this.
    strictTransportSecurity: false,
  });
  let json: string | undefined;
  instance.get('/openapi.json', (_request, reply) => {
    json ??= JSON.stringify(document());
    void reply.type('application/json').send(json);
  });
  instance.get('/docs', (_request, reply) => void reply.type('text/html; charset=utf-8').send(PAGE));
  instance.get('/docs/', (_request, reply) => void reply.redirect('../docs'));
  instance.get('/docs/init.js', (_request, reply) => void reply.type('text/javascript; charset=utf-8').send(SCRIPT));
  const folder = assetsFolder();
  for (const [file, type] of Object.entries(FILES)) {
    instance.get(
      `/docs/${file}`,
      (_request, reply) => void reply.type(type).send(createReadStream(join(folder, file))),
    );
  }
}

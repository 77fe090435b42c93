/**
 * The user `countersign` of an EventStoreDB, and rights that let nobody else in but its administrators. It can be run again.
 *
 * ADMIN_URL='esdb://admin:...@host:2113?tlsCaFile=...' EVENTSTORE_PASSWORD=... NODE_EXTRA_CA_CERTS=... node eventstoredb-access.mjs
 *
 * By default everybody, signed in or not, may read and write every stream whose name has no `$` in front, and only
 * administrators may read all streams at once. Countersign reads and appends; it deletes nothing and sets no metadata.
 */
import { ANY, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';

const LOGIN = 'countersign';
const ADMINS = '$admins';

const url = process.env.ADMIN_URL ?? '';
const password = process.env.EVENTSTORE_PASSWORD ?? '';
if (url === '' || password === '') throw new Error('ADMIN_URL and EVENTSTORE_PASSWORD must be set');

await haveUser();
const client = EventStoreDBClient.connectionString(url);
try {
  await client.appendToStream(
    '$settings',
    jsonEvent({
      type: 'update-default-acl',
      data: {
        $userStreamAcl: { $r: [ADMINS, LOGIN], $w: [ADMINS, LOGIN], $d: ADMINS, $mr: ADMINS, $mw: ADMINS },
        $systemStreamAcl: { $r: ADMINS, $w: ADMINS, $d: ADMINS, $mr: ADMINS, $mw: ADMINS },
      },
    }),
    { expectedRevision: ANY },
  );
  // `$all` is a system stream: its own rights, since those of all system streams would open $settings too.
  await client.setStreamMetadata('$all', {
    acl: { readRoles: [ADMINS, LOGIN], metaReadRoles: [ADMINS], metaWriteRoles: [ADMINS] },
  });
} finally {
  await client.dispose();
}
console.log(`${LOGIN} may read and append; nobody else but ${ADMINS} may`);

/** Users are made over HTTP; the client has no call for it. */
async function haveUser() {
  const { protocol, username, password: adminPassword, host, searchParams } = new URL(url);
  if (protocol !== 'esdb:') throw new Error('ADMIN_URL must be that of one server: esdb://admin:...@host:2113');
  const scheme = searchParams.get('tls') === 'false' ? 'http' : 'https';
  const answer = await fetch(`${scheme}://${host}/users/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(adminPassword)}`).toString('base64')}`,
    },
    body: JSON.stringify({ loginName: LOGIN, fullName: 'Countersign', groups: [], password }),
    signal: AbortSignal.timeout(10_000),
  });
  // 409: it is there already, with the password that it was given then.
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`POST /users/ was answered ${answer.status}`);
}

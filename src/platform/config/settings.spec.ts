import { resolve } from 'node:path';
import { defaultPublicUrl, readSettings, WrongSetting } from './settings.js';

describe('settings', () => {
  it('need nothing in the environment', () => {
    expect(readSettings({ PATH: '/bin', PORT: '  ' })).toEqual({
      host: '127.0.0.1',
      port: 3000,
      dataDir: resolve('data'),
      servers: {},
      mail: { kind: 'folder', folder: resolve('data/outbox') },
      witnesses: { mail: false },
      trustProxy: false,
      logLevel: 'info',
    });
  });

  it('are read where they are given', () => {
    const hex = '0123456789abcdef'.repeat(4);
    const settings = readSettings({
      HOST: '0.0.0.0',
      PORT: '8080',
      DATA_DIR: '/var/lib/countersign',
      MAIL_URL: 'smtp://user:pass@mail.example:587',
      PUBLIC_URL: 'https://books.example/app/',
      MASTER_KEY: hex,
      TRUST_PROXY: '10.0.0.0/8, ::1',
      RATE_LIMIT: '50',
      LOG_LEVEL: 'DEBUG',
    });
    expect(settings).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      dataDir: '/var/lib/countersign',
      mail: { kind: 'smtp', url: 'smtp://user:pass@mail.example:587' },
      publicUrl: 'https://books.example/app',
      trustProxy: ['10.0.0.0/8', '::1'],
      rateLimit: 50,
      logLevel: 'debug',
    });
    expect(settings.masterKey).toBe(hex);
  });

  it('say how webhooks are sent', () => {
    const webhooks = (environment: Record<string, string>) => readSettings(environment).webhooks;
    expect(webhooks({ WEBHOOK_LOOPBACK: 'refuse' })).toBeUndefined();
    expect(webhooks({ WEBHOOK_LOOPBACK: 'allow', WEBHOOK_PAUSES: '0.05, 5,86400' })).toEqual({
      loopback: true,
      pauses: [0.05, 5, 86_400],
    });
    expect(() => webhooks({ WEBHOOK_LOOPBACK: 'true' })).toThrow('WEBHOOK_LOOPBACK must be allow or refuse');
    for (const pauses of ['5;6', '-1', '86401', '1,', 'x', Array(21).fill('1').join(',')])
      expect(() => webhooks({ WEBHOOK_PAUSES: pauses })).toThrow(WrongSetting);
  });

  it('name those who are told of checkpoints', () => {
    const settings = readSettings({
      WITNESS_FILE: 'elsewhere/notes.txt',
      WITNESS_WEBHOOK: 'https://witness.example/notes?log=1',
      WITNESS_MAIL: 'weekly',
    });
    expect(settings.witnesses).toEqual({
      file: resolve('elsewhere/notes.txt'),
      webhook: 'https://witness.example/notes?log=1',
      mail: true,
    });
    for (const webhook of ['http://127.0.0.1:9/', 'http://localhost/', 'http://[::1]:9/'])
      expect(readSettings({ WITNESS_WEBHOOK: webhook }).witnesses.webhook).toBe(webhook);
    for (const webhook of ['http://witness.example', 'http://127.0.0.1.example', 'ftp://witness.example', 'here'])
      expect(() => readSettings({ WITNESS_WEBHOOK: webhook })).toThrow(WrongSetting);
    expect(() => readSettings({ WITNESS_MAIL: 'daily' })).toThrow('WITNESS_MAIL must be weekly or off');
  });

  it.each([
    ['file:out', resolve('out')],
    ['file:./out', resolve('out')],
    ['file:/var/out', '/var/out'],
    ['file:///var/out', '/var/out'],
  ])('MAIL_URL=%s is a folder', (url, folder) => {
    expect(readSettings({ MAIL_URL: url }).mail).toEqual({ kind: 'folder', folder });
  });

  it.each([
    ['true', ['loopback', 'linklocal', 'uniquelocal']],
    ['false', false],
    ['0', false],
    ['2', 2],
    ['loopback', ['loopback']],
  ])('TRUST_PROXY=%s', (text, trust) => {
    expect(readSettings({ TRUST_PROXY: text }).trustProxy).toEqual(trust);
  });

  it.each([
    { HOST: 'not a host' },
    { PORT: 'three' },
    { PORT: '65536' },
    { PORT: '-1' },
    { PORT: '1e3' },
    { PUBLIC_URL: 'books.example' },
    { PUBLIC_URL: 'ftp://books.example' },
    { PUBLIC_URL: 'https://user:hunter2@books.example' },
    { MAIL_URL: 'hunter2' },
    { MAIL_URL: 'file:' },
    { MAIL_URL: 'file://elsewhere/out' },
    { MAIL_URL: 'smtp://' },
    { MASTER_KEY: 'hunter2' },
    { MASTER_KEY: 'hunter2'.repeat(9) },
    { TRUST_PROXY: 'everybody' },
    { TRUST_PROXY: '10.0.0.0/40' },
    { RATE_LIMIT: '0' },
    { RATE_LIMIT: 'fast' },
    { LOG_LEVEL: 'loud' },
    { EVENT_STORE_URL: 'https://admin:hunter2@store' },
    { READ_MODEL_URL: 'postgres://hunter2@store' },
    { VAULT_URL: 'mongodb:hunter2@store' },
  ])('refuse %j in one line that names the variable and holds no secret', (environment) => {
    const [variable] = Object.keys(environment);
    const refusal = (): unknown => readSettings(environment);
    expect(refusal).toThrow(WrongSetting);
    expect(refusal).toThrow(new RegExp(`^${variable!} (?!.*hunter2)[^\\n]+$`));
  });

  it('name the servers that stand in for the embedded stores', () => {
    const MASTER_KEY = '00'.repeat(32);
    const urls = {
      EVENT_STORE_URL: 'esdb://a.example:2113,b.example:2113?tls=true',
      READ_MODEL_URL: 'mongodb://a.example,b.example/views?replicaSet=rs',
      VAULT_URL: 'mongodb+srv://vault.example/vault',
    };
    expect(readSettings({}).servers).toEqual({});
    expect(readSettings({ ...urls, MASTER_KEY }).servers).toEqual({
      eventStore: urls.EVENT_STORE_URL,
      readModel: urls.READ_MODEL_URL,
      vault: urls.VAULT_URL,
    });
    expect(() => readSettings(urls)).toThrow(/^MASTER_KEY must be set where VAULT_URL is/);
  });

  it('say where people reach the server', () => {
    expect(defaultPublicUrl('0.0.0.0', 3000)).toBe('http://localhost:3000');
    expect(defaultPublicUrl('::1', 80)).toBe('http://[::1]:80');
  });
});

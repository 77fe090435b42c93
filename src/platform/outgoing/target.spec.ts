import { isPublicAddress } from './public-address.js';
import { whyNoTarget } from './target.js';

describe('an address of the public internet', () => {
  it.each(['8.8.8.8', '93.184.216.34', '1.1.1.1', '2606:4700::1111', '2a00:1450:4009::200e', '::ffff:8.8.8.8'])(
    'is %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
    ...['169.254.169.254', '169.254.170.2', '100.64.0.1', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ...['192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '2001:db8::1'],
    ...['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '100::1'],
    ...['2002:7f00:1::', '2001::1', '4000::1', 'localhost', '', '127.1', '0x7f.0.0.1', '8.8.8.8.', '8.8.8.8 '],
  ])('is not %j', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('a place to send things to', () => {
  const wide = { loopback: false };
  const trying = { loopback: true };

  it.each(['https://hooks.example/x?y=1', 'https://hooks.example:8443', 'https://8.8.8.8/', 'https://[2606:4700::1]/'])(
    'is %s',
    (url) => expect(whyNoTarget(url, wide)).toBeUndefined(),
  );

  it.each([
    ...['http://hooks.example/', 'ftp://hooks.example/', 'file:///etc/passwd', 'javascript:0', 'hooks.example', ''],
    ...['https://ann@hooks.example/', 'https://:x@hooks.example/', 'https://hooks.example/#top', 'https://'],
    // What the standard for URLs makes of other spellings of an address.
    ...['https://2130706433/', 'https://0x7f.1/', 'https://017700000001/', 'https://127.1/', 'https://127.0.0.1./'],
    ...['https://①②⑦.0.0.1/', 'https://[::ffff:7f00:1]/', 'https://[::]/', 'https://0/', 'https://10.0.0.1:443/'],
    ...['https://localhost/', 'https://LOCALHOST./', 'https://ｌｏｃａｌｈｏｓｔ/', 'https://db.localhost/'],
    ...['https://169.254.169.254/latest/meta-data/', 'https://168.63.129.16/'],
  ])('is not %j', (url) => expect(whyNoTarget(url, wide)).toEqual(expect.any(String)));

  it('may be this machine where that is said, and nothing else of the inside', () => {
    for (const url of ['http://127.0.0.1:3000/', 'http://[::1]/', 'http://localhost:1/', 'https://127.0.0.1/'])
      expect(whyNoTarget(url, trying)).toBeUndefined();
    for (const url of ['http://hooks.example/', 'http://10.0.0.1/', 'https://10.0.0.1/', 'https://169.254.169.254/'])
      expect(whyNoTarget(url, trying)).toEqual(expect.any(String));
  });
});

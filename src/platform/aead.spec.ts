import fc from 'fast-check';
import { BOX_OVERHEAD, NotAuthentic, openBox, sealBox } from './aead.js';
import { randomBytes } from './random.js';

describe('AES-256-GCM boxes', () => {
  const key = randomBytes(32);

  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (content, what) => {
        const box = sealBox(key, what, content);
        expect(box).toHaveLength(BOX_OVERHEAD + content.length);
        expect(openBox(key, what, box).equals(content)).toBe(true);
      }),
    );
  });

  it('opens nothing in which one bit was turned', () => {
    const box = sealBox(key, 'what', Buffer.from('content'));
    for (let bit = 0; bit < box.length * 8; bit++) {
      const turned = Buffer.from(box);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => openBox(key, 'what', turned)).toThrow(NotAuthentic);
    }
  });

  it('opens nothing that was cut, is of something else or under another key', () => {
    const box = sealBox(key, 'what', Buffer.from('content'));
    for (let length = 0; length < box.length; length++) {
      expect(() => openBox(key, 'what', box.subarray(0, length))).toThrow(NotAuthentic);
    }
    expect(() => openBox(key, 'else', box)).toThrow(NotAuthentic);
    expect(() => openBox(randomBytes(32), 'what', box)).toThrow(NotAuthentic);
  });

  it('uses a new nonce each time', () => {
    const boxes = Array.from({ length: 2000 }, () =>
      sealBox(key, 'w', Buffer.from('c')).subarray(1, 13).toString('hex'),
    );
    expect(new Set(boxes).size).toBe(2000);
  });
});

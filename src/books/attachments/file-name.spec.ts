import { safeName, savedAs } from './file-name.js';

describe('the name of an attached file', () => {
  it.each([
    ['bill.pdf', 'application/pdf', 'bill.pdf'],
    ['Bill 77.PDF', 'application/pdf', 'Bill 77.pdf'],
    ['scan.jpeg', 'image/jpeg', 'scan.jpeg'],
    ['../../etc/passwd', 'application/pdf', 'passwd.pdf'],
    ['C:\\Users\\jo\\bill.pdf', 'application/pdf', 'bill.pdf'],
    ['bill.pdf.exe', 'application/pdf', 'bill.pdf.exe.pdf'],
    ['bill.html', 'image/png', 'bill.html.png'],
    // The direction of writing turned around would show `exe.pdf` as something else.
    ['bill\u202efdp.exe', 'application/pdf', 'bill fdp.exe.pdf'],
    ['a\u0000b\r\nc.pdf', 'application/pdf', 'a b c.pdf'],
    ['.pdf', 'application/pdf', 'attachment.pdf'],
    ['...', 'image/webp', 'attachment.webp'],
    ['', 'image/png', 'attachment.png'],
    ['Rechnung Nº 7 – März.pdf', 'application/pdf', 'Rechnung Nº 7 – März.pdf'],
    ['x'.repeat(500), 'application/pdf', `${'x'.repeat(120)}.pdf`],
    ['𝒳'.repeat(500), 'application/pdf', `${'𝒳'.repeat(120)}.pdf`],
  ])('%j of %s is %j', (sent, type, name) => {
    expect(safeName(sent, type)).toBe(name);
    expect(safeName(name, type)).toBe(name);
  });

  it.each([
    ['bill.pdf', `attachment; filename="bill.pdf"; filename*=UTF-8''bill.pdf`],
    ['März 7%.pdf', `attachment; filename="M_rz 7_.pdf"; filename*=UTF-8''M%C3%A4rz%207%25.pdf`],
    [`a'b(c)*!.pdf`, `attachment; filename="a'b(c)*!.pdf"; filename*=UTF-8''a%27b%28c%29%2A%21.pdf`],
    ['a"b.pdf', `attachment; filename="a_b.pdf"; filename*=UTF-8''a%22b.pdf`],
  ])('%j is saved as %j', (name, disposition) => {
    expect(savedAs(name)).toBe(disposition);
  });
});

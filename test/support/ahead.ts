/** Node as it would run on a later day: every clock of the process, those of its threads too, is ahead by so many days. */
export const ahead = (days: number): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    const Real = Date;
    const now = () => Real.now() + ${days} * 86400000;
    globalThis.Date = class extends Real {
      constructor(...parts) { if (parts.length === 0) super(now()); else super(...parts); }
      static now() { return now(); }
    };`)}`,
];

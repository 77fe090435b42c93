/** What is put on paper: plain data, so that it can be handed to the thread that draws it. All texts may be anybody's. */
export interface Printed {
  /** `Invoice 1042` */
  readonly title: string;
  /** Below the title: a period, `Draft`. */
  readonly subtitle?: string;
  /** `#rrggbb` of headings and rules. */
  readonly accentColour?: string;
  /** Who it is from and who it goes to. */
  readonly from?: Party;
  readonly to?: Party;
  /** Short facts beside the addressee: a date, a reference. */
  readonly facts?: readonly Fact[];
  readonly headerText?: string;
  readonly table: Table;
  /** Below the table, at its right. */
  readonly totals?: readonly Fact[];
  /** Paragraphs at the end. */
  readonly notes?: readonly string[];
  /** At the foot of every page. */
  readonly footerText?: string;
}

export interface Party {
  readonly name: string;
  /** Lines of an address; a text may have several. */
  readonly lines?: readonly string[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly strong?: boolean;
}

export interface Column {
  readonly label: string;
  /** Of the table's width, in proportion to the other columns. */
  readonly share: number;
  readonly align?: 'left' | 'right';
}

export interface Row {
  readonly cells: readonly string[];
  readonly strong?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

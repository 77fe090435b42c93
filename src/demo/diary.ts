import type { PlainDate } from '../kernel/event.js';
import { addDays, dateAt } from '../kernel/dates.js';

/** Nine in the morning. */
const OPENS_MS = 9 * 60 * 60 * 1000;
/** What is done one after the other on a day is a while apart. */
const STEP_MS = 4 * 60 * 1000;
const SATURDAY = 6;
const SUNDAY = 0;

type Deed = () => Promise<void>;

/**
 * What is to be done on which day, and what time it is meanwhile. Deeds of a day happen in the order in which they were
 * written down; weekends are moved to Monday.
 */
export class Diary {
  private readonly pages = new Map<PlainDate, Deed[]>();
  private nowMs: number;

  constructor(readonly first: PlainDate) {
    this.nowMs = Date.parse(first) + OPENS_MS;
  }

  /** Milliseconds since 1970, for whoever stamps events. */
  readonly clock = (): number => this.nowMs;

  get today(): PlainDate {
    return dateAt(this.nowMs);
  }

  /** The next step of the same day. */
  later(): void {
    this.nowMs += STEP_MS;
  }

  /** So many days from today, or later where that is a weekend; what would come after the end is left out. */
  in(days: number, deed: Deed): void {
    this.on(addDays(this.today, days), deed);
  }

  on(date: PlainDate, deed: Deed): void {
    const day = workingDay(date);
    this.pages.set(day, [...(this.pages.get(day) ?? []), deed]);
  }

  /** Lives through all days up to and including the last one; deeds may write down further ones. */
  async live(last: PlainDate, told: (today: PlainDate) => void): Promise<void> {
    for (let day = this.first; day <= last; day = addDays(day, 1)) {
      this.nowMs = Math.max(this.nowMs, Date.parse(day) + OPENS_MS);
      told(day);
      for (let deed = this.take(day); deed !== undefined; deed = this.take(day)) {
        await deed();
        this.later();
      }
    }
  }

  private take(day: PlainDate): Deed | undefined {
    return this.pages.get(day)?.shift();
  }
}

function workingDay(date: PlainDate): PlainDate {
  const weekday = new Date(date).getUTCDay();
  return weekday === SATURDAY ? addDays(date, 2) : weekday === SUNDAY ? addDays(date, 1) : date;
}

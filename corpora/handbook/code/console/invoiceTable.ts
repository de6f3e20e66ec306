/**
 * The model behind the invoice table in the Console.
 *
 * It holds no markup: it filters, sorts and sums rows that came from
 * `GET /v2/invoices`, and says which actions a row allows. The rules of the
 * states are those of `api/invoices.md`.
 */

export type InvoiceState =
  | "draft" | "issued" | "locked" | "paid" | "overdue" | "void" | "written_off";

export interface InvoiceRow {
  id: string;
  /** Missing on drafts; they are numbered when they are issued. */
  number: string | null;
  customer: string;
  state: InvoiceState;
  /** Three letters. An account has one currency, a group view may mix several. */
  currency: string;
  /** Minor units, an integer. */
  totalMinor: number;
  issuedAt: Date | null;
  dueOn: Date | null;
}

export type Action = "edit" | "issue" | "void" | "credit" | "refund" | "markPaid";

/** How long an issued invoice may still be voided. */
export const LOCK_AFTER_MS = 72 * 60 * 60 * 1000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Overdue rows are coloured by age; the bounds are the steps of dunning. */
export type OverdueBand = "none" | "reminded" | "readOnly" | "closed";

export function daysOverdue(row: InvoiceRow, now: Date): number {
  if (row.dueOn === null || row.state === "paid" || row.state === "void") return 0;
  return Math.max(0, Math.floor((now.getTime() - row.dueOn.getTime()) / DAY_MS));
}

export function overdueBand(row: InvoiceRow, now: Date): OverdueBand {
  const days = daysOverdue(row, now);
  if (days === 0) return "none";
  if (days < 35) return "reminded";
  return days < 90 ? "readOnly" : "closed";
}

export function isLocked(row: InvoiceRow, now: Date): boolean {
  if (row.issuedAt === null) return false;
  return now.getTime() - row.issuedAt.getTime() >= LOCK_AFTER_MS;
}

/** What the menu of a row offers. The server decides again; this only avoids `BCN-4002`. */
export function actionsFor(row: InvoiceRow, now: Date): Action[] {
  switch (row.state) {
    case "draft":
      return ["edit", "issue"];
    case "issued":
      // The state may lag behind the clock by a minute.
      return isLocked(row, now) ? ["credit", "markPaid"] : ["void", "credit", "markPaid"];
    case "locked":
    case "overdue":
      return ["credit", "markPaid"];
    case "paid":
      return ["refund"];
    case "void":
    case "written_off":
      return [];
  }
}

export type SortKey = "number" | "dueOn" | "totalMinor";

/** Sorts a copy. Rows without the key come last in either direction; ties by id. */
export function sortRows(rows: readonly InvoiceRow[], key: SortKey, desc: boolean): InvoiceRow[] {
  const value = (row: InvoiceRow): number | string | null => {
    const v = row[key];
    return v instanceof Date ? v.getTime() : v;
  };
  return [...rows].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    if (x === null || y === null) {
      if (x === y) return a.id < b.id ? -1 : 1;
      return x === null ? 1 : -1;
    }
    if (x === y) return a.id < b.id ? -1 : 1;
    const order = x < y ? -1 : 1;
    return desc ? -order : order;
  });
}

/** Sum of the selected rows per currency; void rows count as zero. */
export function sumByCurrency(rows: readonly InvoiceRow[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const amount = row.state === "void" ? 0 : row.totalMinor;
    sums.set(row.currency, (sums.get(row.currency) ?? 0) + amount);
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `1 069.64 EUR`, with a thin space between groups. */
export function formatMinor(minor: number, currency: string): string {
  const sign = minor < 0 ? "-" : "";
  const digits = Math.abs(minor).toString().padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, "\u2009");
  return `${sign}${whole}.${digits.slice(-2)} ${currency}`;
}

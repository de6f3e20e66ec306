"""Decides what happens to an unpaid invoice on a given day.

The calendar counts days after the due date, which is 30 days after issue:

====  ==========================================
day   step
====  ==========================================
3     first reminder
10    second reminder
16    late fee starts (15 days of grace are over)
21    third reminder
35    account becomes read only
90    account is closed, invoice written off
====  ==========================================

The late fee is 1.5 % a month on the open amount. It is put on the next invoice
as a line of its own; the overdue invoice never changes, since it is locked.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

NET_DAYS = 30
GRACE_DAYS = 15
REMINDER_DAYS = (3, 10, 21)
SUSPEND_DAY = 35
CLOSE_DAY = 90
FEE_PER_MONTH = Decimal("0.015")
DAYS_PER_MONTH = 30


class Step(enum.Enum):
    """What the job does with an invoice on one day."""

    NOTHING = "nothing"
    REMIND = "remind"
    SUSPEND = "suspend"
    CLOSE = "close"


@dataclass(frozen=True)
class Invoice:
    """The part of an invoice that dunning needs."""

    number: str
    issued_on: date
    open_minor: int
    #: Set by Finance or by a billing hold; reminders wait, the clock goes on.
    held: bool = False
    #: Hospitals, rescue services, utilities: suspended by a person only, never closed.
    critical: bool = False
    #: Day counts already acted on, so that a second run on a day does nothing.
    done: frozenset[int] = field(default_factory=frozenset)

    @property
    def due_on(self) -> date:
        return self.issued_on + timedelta(days=NET_DAYS)

    def days_overdue(self, today: date) -> int:
        """Days since the due date, 0 if paid or not yet due."""
        if self.open_minor <= 0:
            return 0
        return max(0, (today - self.due_on).days)


def step_for(invoice: Invoice, today: date) -> tuple[Step, int | None]:
    """The step due today, with the day it stands for in the calendar.

    If the job did not run for some days, only the latest missed step is
    returned: nobody gets two reminders at once. A closure is never skipped.
    Critical accounts get reminders only, also after day 35.
    """
    days = invoice.days_overdue(today)
    if days == 0 or invoice.held:
        return Step.NOTHING, None
    calendar = [(d, Step.REMIND) for d in REMINDER_DAYS]
    if not invoice.critical:
        calendar += [(SUSPEND_DAY, Step.SUSPEND), (CLOSE_DAY, Step.CLOSE)]
    reached = [(d, s) for d, s in calendar if d <= days]
    if not reached or reached[-1][0] in invoice.done:
        return Step.NOTHING, None
    day, step = reached[-1]
    return step, day


def late_fee_minor(invoice: Invoice, today: date) -> int:
    """Late fee accrued up to today, in minor units.

    Nothing within the grace of 15 days; from day 16 the fee counts the days
    after the grace, at 1.5 % for 30 days, without interest on interest.

    >>> inv = Invoice("INV-2026-09-004417", date(2026, 9, 3), 106964)
    >>> late_fee_minor(inv, date(2026, 10, 18))
    0
    >>> late_fee_minor(inv, date(2026, 11, 17))
    1604
    """
    fee_days = invoice.days_overdue(today) - GRACE_DAYS
    if fee_days <= 0:
        return 0
    fee = Decimal(invoice.open_minor) * FEE_PER_MONTH * fee_days / DAYS_PER_MONTH
    return int(fee.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def plan(invoices: list[Invoice], today: date) -> list[tuple[Invoice, Step, int]]:
    """All steps of a day, closures first, then by number."""
    urgency = {Step.CLOSE: 0, Step.SUSPEND: 1, Step.REMIND: 2}
    steps = []
    for invoice in invoices:
        step, day = step_for(invoice, today)
        if step is not Step.NOTHING and day is not None:
            steps.append((invoice, step, day))
    return sorted(steps, key=lambda item: (urgency[item[1]], item[0].number))


if __name__ == "__main__":
    import doctest

    doctest.testmod(raise_on_error=True)

//! The acceptance window: how late or early a usage event may be.
//!
//! An event carries the time at which the use happened; Meter adds the time at which the edge
//! received it. The distance between the two decides. The rule is chosen by the time of *receipt*,
//! so that a replay of old events gives the same verdict as on the day they came in.
//!
//! See `api/events.md`, section "Acceptance window".

use std::time::Duration;

/// Seconds since 1970-01-01T00:00:00Z.
pub type UnixSeconds = i64;

/// 2026-07-14T00:00:00Z, when release 2026.4 switched the wide window on in all regions.
pub const WIDE_WINDOW_SINCE: UnixSeconds = 1_783_987_200;

/// Longest reach of an import window granted by Support.
pub const IMPORT_REACH: Duration = Duration::from_secs(35 * 24 * 3600);

/// How far the timestamp of an event may lie from its receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptanceWindow {
    /// Largest allowed delay: receipt minus timestamp.
    pub late: Duration,
    /// Largest allowed lead: timestamp minus receipt.
    pub early: Duration,
}

/// Why an event was refused. Both become `BCN-2010`; the text goes to `detail.limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideWindow {
    /// The event is older than the window allows.
    TooLate { by: Duration, limit: Duration },
    /// The event lies in the future; nearly always a fast clock.
    TooEarly { by: Duration, limit: Duration },
}

impl AcceptanceWindow {
    /// Until release 2026.3: 24 hours late, 5 minutes early.
    pub const NARROW: Self = Self {
        late: Duration::from_secs(24 * 3600),
        early: Duration::from_secs(5 * 60),
    };

    /// Since release 2026.4: 72 hours late, 10 minutes early.
    pub const WIDE: Self = Self {
        late: Duration::from_secs(72 * 3600),
        early: Duration::from_secs(10 * 60),
    };

    /// The window that was in force when an event was received.
    pub const fn in_force_at(received: UnixSeconds) -> Self {
        if received < WIDE_WINDOW_SINCE {
            Self::NARROW
        } else {
            Self::WIDE
        }
    }

    /// The same window with the late side stretched for an import, 35 days at most.
    pub fn with_import(self, reach: Duration) -> Self {
        Self {
            late: self.late.max(reach.min(IMPORT_REACH)),
            ..self
        }
    }

    /// Accepts or refuses a timestamp. Both limits are inclusive.
    pub fn check(&self, timestamp: UnixSeconds, received: UnixSeconds) -> Result<(), OutsideWindow> {
        let distance = Duration::from_secs(timestamp.abs_diff(received));
        if timestamp > received {
            if distance > self.early {
                return Err(OutsideWindow::TooEarly {
                    by: distance - self.early,
                    limit: self.early,
                });
            }
        } else if distance > self.late {
            return Err(OutsideWindow::TooLate {
                by: distance - self.late,
                limit: self.late,
            });
        }
        Ok(())
    }
}

impl OutsideWindow {
    /// The text in `detail.limit`, for instance `72h late`.
    pub fn limit_text(&self) -> String {
        match self {
            Self::TooLate { limit, .. } => format!("{}h late", limit.as_secs() / 3600),
            Self::TooEarly { limit, .. } => format!("{}m early", limit.as_secs() / 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    #[test]
    fn limits_are_inclusive() {
        let now = WIDE_WINDOW_SINCE;
        assert!(AcceptanceWindow::WIDE.check(now - 72 * HOUR, now).is_ok());
        assert!(AcceptanceWindow::WIDE.check(now - 72 * HOUR - 1, now).is_err());
        assert!(AcceptanceWindow::WIDE.check(now + 600, now).is_ok());
        assert!(AcceptanceWindow::WIDE.check(now + 601, now).is_err());
    }

    #[test]
    fn receipt_chooses_the_rule() {
        let before = AcceptanceWindow::in_force_at(WIDE_WINDOW_SINCE - 1);
        assert_eq!(before, AcceptanceWindow::NARROW);
        // 30 hours late: refused on 13 July 2026, fine a second later.
        let received = WIDE_WINDOW_SINCE - 1;
        let refused = before.check(received - 30 * HOUR, received).unwrap_err();
        assert_eq!(refused.limit_text(), "24h late");
        assert!(AcceptanceWindow::in_force_at(received + 1)
            .check(received - 30 * HOUR, received + 1)
            .is_ok());
    }

    #[test]
    fn an_import_never_reaches_beyond_35_days() {
        let wide = AcceptanceWindow::WIDE.with_import(Duration::from_secs(90 * 24 * 3600));
        assert_eq!(wide.late, IMPORT_REACH);
        assert_eq!(wide.early, AcceptanceWindow::WIDE.early);
    }
}

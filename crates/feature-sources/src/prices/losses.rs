//! What an answer lacked, in the words people read.

use jiff::civil::Date;

/// Counts what was lost on the way from an answer to bars.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// The newest session, which is to come any minute.
    pub(super) newest: Option<Date>,
    /// Sessions without a usable close, and the last of them.
    pub(super) missing: u32,
    pub(super) last_missing: Option<Date>,
    pub(super) without_trade: u32,
    pub(super) corrected: u32,
    pub(super) doubtful: Option<Date>,
    /// Sessions without an open, a high or a low.
    pub(super) incomplete: u32,
    pub(super) without_volume: u32,
    pub(super) adjusted_closes: u32,
    pub(super) zone_is_assumed: bool,
}

impl Losses {
    /// Returns all of it in one line, or `None` where nothing was lost.
    pub(super) fn reason(&self) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(newest) = self.newest {
            parts.push(format!("the session of {newest} is not available yet"));
        }
        if let Some(last) = self.last_missing {
            parts.push(match self.missing {
                1 => format!("1 session came without prices: {last}"),
                more => format!("{more} sessions came without prices, the last on {last}"),
            });
        }
        if self.without_trade > 0 {
            parts.push(format!("{} without trade left out", sessions(self.without_trade)));
        }
        if self.corrected > 0 {
            parts.push(format!(
                "prices of {} came on another scale (a split or unit not applied) and were corrected",
                sessions(self.corrected)
            ));
        }
        if let Some(day) = self.doubtful {
            parts.push(format!(
                "prices before and since {day} may be on two scales (adjusted and unadjusted)"
            ));
        }
        if self.incomplete > 0 {
            parts.push(format!("{} came without an open, high or low", sessions(self.incomplete)));
        }
        if self.without_volume > 0 {
            parts.push(format!("{} came without a volume", sessions(self.without_volume)));
        }
        if self.adjusted_closes > 0 {
            parts.push(format!(
                "adjusted closes of {} were worked out from the dividends",
                sessions(self.adjusted_closes)
            ));
        }
        if self.zone_is_assumed {
            parts.push("the time zone's name was absent and is assumed".to_owned());
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn sessions(count: u32) -> String {
    if count == 1 { "1 session".to_owned() } else { format!("{count} sessions") }
}

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// When on its day a company reports its quarterly results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportTime {
    /// Before the exchanges open: the price of that session reacts.
    BeforeOpen,
    /// After they close: the price of the next session reacts.
    AfterClose,
    /// Not stated.
    Unknown,
}

/// One quarterly report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportDate {
    /// The day of the report, in New York.
    pub date: Date,
    /// When on that day.
    pub when: ReportTime,
}

/// Where the date of a coming report comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportBasis {
    /// The company has announced it.
    Announced,
    /// Estimated from the dates of the company's earlier reports.
    Estimated,
}

impl ReportBasis {
    /// Returns the word used in JSON and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Estimated => "estimated",
        }
    }
}

/// A coming report, as a forecast shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The day of the report, or the most likely one.
    pub date: Date,
    /// When on that day.
    pub when: ReportTime,
    /// Where the date comes from.
    pub basis: ReportBasis,
    /// For an estimate: four times in five the report comes within this many sessions of the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread_sessions: Option<u8>,
    /// The session of the forecast that reacts to it, from 1; absent where it lies beyond the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u8>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_report_keeps_its_documented_json() {
        let report = Report {
            date: date(2024, 2, 21),
            when: ReportTime::AfterClose,
            basis: ReportBasis::Announced,
            spread_sessions: None,
            session: Some(2),
        };
        let json = r#"{"date":"2024-02-21","when":"after_close","basis":"announced","session":2}"#;
        assert_eq!(serde_json::to_string(&report).unwrap(), json);
        assert_eq!(serde_json::from_str::<Report>(json).unwrap(), report);
    }
}

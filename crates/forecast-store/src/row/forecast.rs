use forecast_score::RecordedForecast;
use forecast_types::{HORIZON, InputDigest, Level, Market, ReportBasis, ReportTime, Symbol};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ModelVersion, SourceLetters};
use crate::Digest;

const LEVELS: usize = Level::ALL.len();

/// One forecast as it is recorded: integers and words, no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CanonicalForecast", into = "CanonicalForecast")]
pub struct ForecastRow {
    /// The last settled session it was made from.
    pub session: Date,
    /// The stock.
    pub symbol: Symbol,
    /// Whether the prices are real.
    pub market: Market,
    /// The model.
    pub model: ModelVersion,
    /// When it was made, in Unix seconds.
    pub made_at: i64,
    /// `quantiles[level][sessions ahead - 1]`, levels as in [`Level::ALL`]: log return from the last close, in
    /// hundred-thousandths, as [`RecordedForecast::round_quantile`] returns it.
    pub quantiles: [[i32; HORIZON]; LEVELS],
    /// The daily volatility in whose units the model and the baseline `blend` are expressed, in ten-millionths of a simple
    /// return.
    pub sigma: i32,
    /// The recent daily volatility that sorts forecasts into thirds, in ten-millionths of a simple return.
    pub fast_sigma: i32,
    /// The status of each source.
    pub sources: SourceLetters,
    /// The report that the forecast knew of, if one of its sessions reacts to it.
    pub report: Option<ReportAhead>,
    /// Identifies what the forecast was made from.
    pub inputs: InputDigest,
}

/// A quarterly report within the sessions of a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportAhead {
    /// The session that reacts to it, 1 to 14.
    pub session: u8,
    /// Where the date comes from.
    pub basis: ReportBasis,
    /// When on its day.
    pub when: ReportTime,
}

impl ForecastRow {
    /// Returns the numbers that are scored.
    #[must_use]
    pub fn recorded(&self) -> RecordedForecast {
        RecordedForecast { quantiles: self.quantiles, sigma: self.sigma, fast_sigma: self.fast_sigma }
    }

    /// Returns the digest of the row's canonical JSON.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// Returns the row's entry in the transparency log: `2024-02-20 AAPL BASE64`.
    #[must_use]
    pub fn log_entry(&self) -> String {
        format!("{} {} {}", self.session, self.symbol, self.digest())
    }
}

/// The row with all fields in alphabetical order: serialized, it is the canonical JSON.
#[derive(Serialize, Deserialize)]
struct CanonicalForecast {
    fast_sigma: i32,
    inputs: InputDigest,
    made_at: i64,
    market: Market,
    model: ModelVersion,
    q05: [i32; HORIZON],
    q10: [i32; HORIZON],
    q25: [i32; HORIZON],
    q50: [i32; HORIZON],
    q75: [i32; HORIZON],
    q90: [i32; HORIZON],
    q95: [i32; HORIZON],
    /// 0 is no report within the forecast; its basis and time are empty then.
    report: u8,
    report_basis: String,
    report_when: String,
    session: Date,
    sigma: i32,
    sources: SourceLetters,
    symbol: Symbol,
}

impl From<ForecastRow> for CanonicalForecast {
    fn from(row: ForecastRow) -> Self {
        let [q05, q10, q25, q50, q75, q90, q95] = row.quantiles;
        let (report, report_basis, report_when) = ReportAhead::recorded(row.report);
        Self {
            fast_sigma: row.fast_sigma,
            inputs: row.inputs,
            made_at: row.made_at,
            market: row.market,
            model: row.model,
            q05,
            q10,
            q25,
            q50,
            q75,
            q90,
            q95,
            report,
            report_basis: report_basis.to_owned(),
            report_when: report_when.to_owned(),
            session: row.session,
            sigma: row.sigma,
            sources: row.sources,
            symbol: row.symbol,
        }
    }
}

impl TryFrom<CanonicalForecast> for ForecastRow {
    type Error = String;

    fn try_from(row: CanonicalForecast) -> Result<Self, Self::Error> {
        Ok(Self {
            session: row.session,
            symbol: row.symbol,
            market: row.market,
            model: row.model,
            made_at: row.made_at,
            quantiles: [row.q05, row.q10, row.q25, row.q50, row.q75, row.q90, row.q95],
            sigma: row.sigma,
            fast_sigma: row.fast_sigma,
            sources: row.sources,
            report: ReportAhead::read(row.report, &row.report_basis, &row.report_when)?,
            inputs: row.inputs,
        })
    }
}

impl ReportAhead {
    /// Returns the recorded values: session, basis and time; 0 and empty strings if there is no report.
    pub(crate) fn recorded(report: Option<Self>) -> (u8, &'static str, &'static str) {
        let Some(report) = report else { return (0, "", "") };
        let when = match report.when {
            ReportTime::BeforeOpen => "before_open",
            ReportTime::AfterClose => "after_close",
            ReportTime::Unknown => "unknown",
        };
        (report.session, report.basis.as_str(), when)
    }

    /// Reads the recorded values.
    pub(crate) fn read(session: u8, basis: &str, when: &str) -> Result<Option<Self>, String> {
        if session == 0 {
            return Ok(None);
        }
        let basis = match basis {
            "announced" => ReportBasis::Announced,
            "estimated" => ReportBasis::Estimated,
            other => {
                return Err(format!("unknown report basis {other:?}; expected announced or estimated"));
            }
        };
        let when = match when {
            "before_open" => ReportTime::BeforeOpen,
            "after_close" => ReportTime::AfterClose,
            "unknown" => ReportTime::Unknown,
            other => {
                return Err(format!(
                    "unknown report time {other:?}; expected before_open, after_close or unknown"
                ));
            }
        };
        Ok(Some(Self { session, basis, when }))
    }
}

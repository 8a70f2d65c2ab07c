//! Converts the responses of predict-service to the rows that are recorded.

use exchange_calendar::sessions_between;
use forecast_score::{RecordedForecast, log_price};
use forecast_store::{
    ForecastRow, ModelVersion, ModelVersionError, OutcomeRow, OutcomeState, ReportAhead, SourceLetters,
};
use forecast_types::{
    Bar, Basis, Forecast, HORIZON, Level, ModelSummary, SourceReport, SourceStatus, Symbol,
};
use jiff::civil::Date;

/// The sessions whose outcomes are recorded with a forecast.
#[derive(Clone, Debug)]
pub(crate) struct NewSessions(Vec<Date>);

/// Why a response cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("the last price is from {last}")]
    Lagging { last: Date },
    #[error("the response is for another stock, {0}")]
    OtherStock(Symbol),
    #[error("the response {0}")]
    Incomplete(&'static str),
    #[error(transparent)]
    Model(#[from] ModelVersionError),
}

impl Unusable {
    /// Returns the kind of failure, by which the report groups the stocks.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Lagging { .. } => "No trade on the session",
            _ => "Invalid response",
        }
    }
}

impl NewSessions {
    /// Returns those after the last recorded session up to this one; none if nothing is recorded yet.
    pub(crate) fn after(recorded: Option<Date>, session: Date) -> Self {
        Self(recorded.map_or_else(Vec::new, |recorded| sessions_between(recorded, session).split_off(1)))
    }

    /// Returns the outcomes of a stock, from the bars in its forecast.
    pub(crate) fn outcomes(&self, forecast: &Forecast) -> Result<Vec<OutcomeRow>, Unusable> {
        let (bars, basis) = (&forecast.history, basis(forecast)?);
        let closes: Vec<i64> = basis.adjusted_closes.iter().copied().map(log_price).collect();
        Ok(self
            .0
            .iter()
            .filter_map(|&session| outcome(&forecast.stock.symbol, session, bars, &closes))
            .collect())
    }

    /// Returns the outcomes of a stock that the price source no longer knows.
    pub(crate) fn delisted(&self, symbol: &Symbol) -> Vec<OutcomeRow> {
        self.0.iter().map(|&session| row(symbol, session, 0, OutcomeState::Delisted)).collect()
    }
}

/// Returns the outcome of one session; `None` if the bars start later.
fn outcome(symbol: &Symbol, session: Date, bars: &[Bar], closes: &[i64]) -> Option<OutcomeRow> {
    let after = bars.partition_point(|bar| bar.date <= session);
    let (last, before) = (after.checked_sub(1)?, after.checked_sub(2));
    if bars[last].date < session {
        return Some(row(symbol, session, 0, OutcomeState::Halted));
    }
    let change = i32::try_from(closes[last] - closes[before?]).ok()?;
    Some(row(symbol, session, change, OutcomeState::Traded))
}

fn row(symbol: &Symbol, session: Date, log_return: i32, state: OutcomeState) -> OutcomeRow {
    OutcomeRow { log_return, session, state, symbol: symbol.clone() }
}

/// Returns the row of a forecast made after `session`.
pub(crate) fn forecast_row(
    symbol: &Symbol,
    session: Date,
    forecast: &Forecast,
) -> Result<ForecastRow, Unusable> {
    if forecast.stock.symbol != *symbol {
        return Err(Unusable::OtherStock(forecast.stock.symbol.clone()));
    }
    if forecast.as_of != session {
        return Err(Unusable::Lagging { last: forecast.as_of });
    }
    let basis = basis(forecast)?;
    let report = forecast.report.and_then(|report| {
        let session = report.session?;
        Some(ReportAhead { session, basis: report.basis, when: report.when })
    });
    let status = |source| {
        let report = forecast.sources.iter().find(|report| report.source == source);
        report.map_or(SourceStatus::Missing, SourceReport::as_read)
    };
    Ok(ForecastRow {
        session,
        symbol: symbol.clone(),
        market: forecast.market,
        model: version(&forecast.model)?,
        made_at: forecast.generated_at.as_second(),
        quantiles: quantiles(forecast)?,
        sigma: RecordedForecast::round_sigma(basis.sigma),
        fast_sigma: RecordedForecast::round_sigma(basis.fast_sigma),
        sources: SourceLetters::new(status),
        report,
        inputs: basis.inputs,
    })
}

/// Returns the model as rows name it.
pub(crate) fn version(model: &ModelSummary) -> Result<ModelVersion, ModelVersionError> {
    ModelVersion::new(&model.name, &model.version)
}

fn basis(forecast: &Forecast) -> Result<&Basis, Unusable> {
    let basis = forecast.basis.as_ref().ok_or(Unusable::Incomplete("has no `basis`"))?;
    if basis.adjusted_closes.len() == forecast.history.len() {
        Ok(basis)
    } else {
        Err(Unusable::Incomplete("does not have one adjusted close per session"))
    }
}

fn quantiles(forecast: &Forecast) -> Result<[[i32; HORIZON]; Level::ALL.len()], Unusable> {
    let close = forecast.history.last().ok_or(Unusable::Incomplete("has no history"))?.close;
    let mut rounded = [[0; HORIZON]; Level::ALL.len()];
    for (level, row) in Level::ALL.into_iter().zip(&mut rounded) {
        for (ahead, value) in row.iter_mut().enumerate() {
            let session = forecast.forecast.get(ahead);
            let price = session.and_then(|session| session.quantiles.get(level));
            let price = price.ok_or(Unusable::Incomplete("lacks a quantile"))?;
            *value = RecordedForecast::round_quantile(price / close - 1.0);
        }
    }
    Ok(rounded)
}

use std::collections::BTreeSet;

use forecast_score::loss::Returns;
use forecast_score::{Outcome, Tally};
use forecast_types::{HORIZON, Interval, Market};
use jiff::civil::Date;

use super::{ForecastState, HorizonOutcomes, Worst};
use crate::baseline::Baselines;
use crate::row::{ForecastRow, ModelVersion};
use crate::{Miss, StoreError, Unscored};

/// All forecasts of one session, scored.
#[derive(Debug)]
pub(crate) struct SessionScore {
    pub(crate) session: Date,
    /// `None` if there are no forecasts.
    pub(crate) market: Option<Market>,
    pub(crate) models: BTreeSet<ModelVersion>,
    pub(crate) forecasts: u64,
    pub(crate) pending: u64,
    pub(crate) unscored: Unscored,
    /// Over the scored forecasts.
    pub(crate) tally: Tally,
    pub(crate) scored: Vec<Score>,
    pub(crate) worst: Vec<Miss>,
}

/// The score of one forecast, which is then counted in its groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    pub(crate) fast_sigma: i32,
    pub(crate) knew_of_report: bool,
    /// Its loss and that of the baselines.
    loss: [f64; 3],
    /// For each interval, a bit for each session ahead.
    inside: [u16; 3],
}

impl SessionScore {
    /// Scores the forecasts of a session.
    pub(crate) fn of(
        session: Date,
        rows: &[ForecastRow],
        ahead: &HorizonOutcomes<'_>,
        baselines: &Baselines,
    ) -> Result<Self, StoreError> {
        let mut score = Self {
            session,
            market: rows.first().map(|row| row.market),
            models: BTreeSet::new(),
            forecasts: rows.len() as u64,
            pending: 0,
            unscored: Unscored::default(),
            tally: Tally::default(),
            scored: Vec::with_capacity(rows.len()),
            worst: Vec::new(),
        };
        let mut worst = Worst::default();
        for row in rows {
            if !score.models.contains(&row.model) {
                score.models.insert(row.model.clone());
            }
            match ahead.state(&row.symbol) {
                ForecastState::Complete(outcome) => {
                    score.count(row, baselines.of(&row.model)?, &outcome);
                    worst.count(row, &ahead.dates, &outcome);
                }
                ForecastState::Pending => score.pending += 1,
                ForecastState::Delisted => score.unscored.delisted += 1,
                ForecastState::NotRecorded => score.unscored.not_recorded += 1,
            }
        }
        score.worst = worst.first();
        Ok(score)
    }

    fn count(&mut self, row: &ForecastRow, base: &Returns, outcome: &Outcome) {
        let mut tally = Tally::default();
        tally.count(&row.recorded(), base, outcome);
        self.tally.add(&tally);
        let bits = |interval: usize| {
            (0..HORIZON).map(|ahead| u16::from(tally.inside[ahead][interval] > 0.0) << ahead).sum()
        };
        self.scored.push(Score {
            fast_sigma: row.fast_sigma,
            knew_of_report: row.report.is_some(),
            loss: tally.loss,
            inside: std::array::from_fn(bits),
        });
    }
}

impl Score {
    /// Adds the forecast to a tally: its losses, and which outcomes were inside the ranges.
    pub(crate) fn add_to(&self, tally: &mut Tally) {
        tally.windows += 1.0;
        tally.loss.iter_mut().zip(self.loss).for_each(|(sum, loss)| *sum += loss);
        for (ahead, inside) in tally.inside.iter_mut().enumerate() {
            for (index, _) in Interval::ALL.iter().enumerate() {
                inside[index] += f64::from(self.inside[index] >> ahead & 1);
            }
        }
    }
}

//! How reliable the chances of a price are: of all closes and touches promised with 20 to 30%, how many happened?

use std::fmt;

use forecast_model::score::{Returns, blend};
use forecast_model::{HORIZON, ReturnQuantiles};
use forecast_score::simple_return;
use forecast_types::{Level, Outlook, Quantiles, Side};
use rayon::prelude::*;
use serde::Serialize;

use super::Scored;

/// Thresholds reach this far from the last close, in volatilities times the root of the sessions.
const REACH: f64 = 2.5;
/// Thresholds for each session of each window.
const THRESHOLDS: usize = 2;
/// Steps of this size, wrapped around, fill an interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
const DECILES: usize = 10;

/// Reliability of both kinds of chances.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Chances {
    /// A session closes above a price.
    closes: Reliability,
    /// At least one session until then closes beyond a price, above and below in turn.
    touches: Reliability,
}

/// Promised chances beside what happened.
#[derive(Clone, Debug, Default, Serialize)]
struct Reliability {
    events: u64,
    /// Mean squared error of the chances of the model and of `blend`.
    brier: [f64; 2],
    deciles: [Group; DECILES],
    /// Chances that an answer gives as "under 5%", and as "over 95%".
    bounds: [Group; 2],
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Group {
    events: u64,
    /// Mean chance.
    promised: f64,
    /// Share of events that happened.
    happened: f64,
}

impl Chances {
    pub(super) fn of(windows: &[Scored], base: &Returns) -> Self {
        let sums = windows
            .par_iter()
            .enumerate()
            .filter(|(_, window)| window.forecast.sigma > 0)
            .fold(Self::default, |mut sums, (index, window)| {
                sums.count(index, window, base);
                sums
            })
            .reduce(Self::default, |mut sums, more| {
                sums.closes.add(&more.closes);
                sums.touches.add(&more.touches);
                sums
            });
        Self { closes: sums.closes.means(), touches: sums.touches.means() }
    }

    fn count(&mut self, index: usize, window: &Scored, base: &Returns) {
        let sigma = window.forecast.sigma();
        let outcome = window.outcome.map(simple_return);
        let blend = ReturnQuantiles::from_returns(blend(sigma, base));
        let model = outlook(&window.forecast.returns());
        let (Some(model), Some(blend)) = (model, outlook(blend.values())) else { return };
        let price = |draw: usize, ahead: usize| {
            let share = (GOLDEN * draw as f64).fract();
            (REACH * (2.0 * share - 1.0) * sigma * ((ahead + 1) as f64).sqrt()).exp()
        };
        for (ahead, change) in outcome.into_iter().enumerate() {
            for draw in 0..THRESHOLDS {
                let price = price((index * HORIZON + ahead) * THRESHOLDS + draw, ahead);
                let chances = [&model, &blend].map(|outlook| outlook.on_day(ahead, Side::Above, price));
                self.closes.count(chances, 1.0 + change > price);
            }
        }
        let ahead = index % HORIZON;
        let side = if (index / HORIZON).is_multiple_of(2) { Side::Above } else { Side::Below };
        let price = price(index, ahead);
        let chances = [&model, &blend].map(|outlook| outlook.at_least_once(ahead, side, price));
        let happened = outcome[..=ahead].iter().any(|&change| match side {
            Side::Above => 1.0 + change > price,
            Side::Below => 1.0 + change < price,
        });
        self.touches.count(chances, happened);
    }
}

/// Prices for a last close of 1.
fn outlook(returns: &Returns) -> Option<Outlook> {
    let sessions: Vec<Quantiles> = returns
        .iter()
        .map(|changes| Level::ALL.into_iter().zip(changes.map(|change| 1.0 + change)).collect())
        .collect();
    Outlook::of(&sessions)
}

impl Reliability {
    /// Counts one event; until [`Self::means`], all figures are sums.
    fn count(&mut self, [model, blend]: [f64; 2], happened: bool) {
        let outcome = f64::from(u8::from(happened));
        self.events += 1;
        self.brier[0] += (model - outcome).powi(2);
        self.brier[1] += (blend - outcome).powi(2);
        self.deciles[((model * DECILES as f64) as usize).min(DECILES - 1)].count(model, outcome);
        if model < Level::P05.probability() {
            self.bounds[0].count(model, outcome);
        } else if model > Level::P95.probability() {
            self.bounds[1].count(model, outcome);
        }
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.brier.iter_mut().zip(other.brier).for_each(|(sum, more)| *sum += more);
        self.groups_mut()
            .zip(other.deciles.iter().chain(&other.bounds))
            .for_each(|(sum, more)| sum.add(*more));
    }

    fn means(mut self) -> Self {
        let events = self.events.max(1) as f64;
        self.brier = self.brier.map(|sum| sum / events);
        self.groups_mut().for_each(Group::mean);
        self
    }

    fn groups_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        self.deciles.iter_mut().chain(&mut self.bounds)
    }

    /// Returns the largest difference between what a decile promised and what happened.
    fn largest_gap(&self) -> f64 {
        let deciles = self.deciles.iter().filter(|decile| decile.events > 0);
        deciles.map(|decile| (decile.happened - decile.promised).abs()).fold(0.0, f64::max)
    }
}

impl Group {
    fn count(&mut self, promised: f64, happened: f64) {
        self.add(Self { events: 1, promised, happened });
    }

    fn add(&mut self, more: Self) {
        self.events += more.events;
        self.promised += more.promised;
        self.happened += more.happened;
    }

    fn mean(&mut self) {
        let events = self.events.max(1) as f64;
        self.promised /= events;
        self.happened /= events;
    }
}

impl fmt::Display for Chances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| chance | closes | promised | happened | touches | promised | happened |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        let groups = |kind: &Reliability| kind.deciles.into_iter().chain(kind.bounds).collect::<Vec<_>>();
        for (row, (close, touch)) in groups(&self.closes).iter().zip(&groups(&self.touches)).enumerate() {
            match row.checked_sub(DECILES) {
                None => write!(f, "| {} to {}% |", row * 10, row * 10 + 10)?,
                Some(0) => write!(f, "| under 5% |")?,
                Some(_) => write!(f, "| over 95% |")?,
            }
            writeln!(f, " {close} | {touch} |")?;
        }
        for (name, kind) in [("Closes", &self.closes), ("Touches", &self.touches)] {
            let [model, blend] = kind.brier;
            writeln!(
                f,
                "{name}: {} events, largest gap of a decile {:.1} points, Brier score {model:.5} (blend {blend:.5})",
                kind.events,
                100.0 * kind.largest_gap(),
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.events == 0 {
            return f.write_str("0 | | ");
        }
        write!(f, "{} | {:.1}% | {:.1}%", self.events, 100.0 * self.promised, 100.0 * self.happened)
    }
}

#[cfg(test)]
mod tests {
    use forecast_model::score::ewma;
    use forecast_score::{Outcome, RecordedForecast};
    use jiff::civil::date;

    use super::*;

    fn window(outcome: Outcome) -> Scored {
        let forecast = RecordedForecast::round(&ewma(0.02), 0.02, 0.02);
        Scored { date: date(2024, 1, 2), forecast, outcome, reacted: None }
    }

    #[test]
    fn every_window_is_asked_about_all_its_sessions_and_one_touch() {
        let windows: Vec<Scored> = (0..56).map(|_| window([0; HORIZON])).collect();

        let chances = Chances::of(&windows, &ewma(1.0));

        assert_eq!(chances.closes.events, (56 * HORIZON * THRESHOLDS) as u64);
        assert_eq!(chances.touches.events, 56);
        assert_eq!(
            chances.closes.deciles.iter().map(|decile| decile.events).sum::<u64>(),
            chances.closes.events
        );
        // A price that stays is above every threshold below it: half of them.
        let happened: f64 =
            chances.closes.deciles.iter().map(|decile| decile.happened * decile.events as f64).sum();
        assert!((happened / chances.closes.events as f64 - 0.5).abs() < 0.01, "{happened}");
        assert!(chances.to_string().contains("Touches: 56 events"));
    }

    #[test]
    fn promised_and_happened_are_means_of_their_group() {
        let mut kind = Reliability::default();
        kind.count([0.02, 0.5], false);
        kind.count([0.04, 0.5], true);
        kind.count([0.96, 0.5], true);

        let kind = kind.means();

        assert_eq!((kind.deciles[0].events, kind.deciles[9].events), (2, 1));
        assert!((kind.deciles[0].promised - 0.03).abs() < 1e-12 && kind.deciles[0].happened == 0.5);
        assert_eq!((kind.bounds[0].events, kind.bounds[1].events), (2, 1));
        assert!((kind.largest_gap() - 0.47).abs() < 1e-12);
        assert!((kind.brier[1] - 0.25).abs() < 1e-12);
    }
}

//! How often the ranges held with and without a quarterly report inside, and around its day.

use std::fmt;

use forecast_model::HORIZON;
use forecast_score::{Outcome, RecordedForecast, Tally};
use forecast_types::Interval;
use serde::{Serialize, Serializer};

/// Sessions from the one that reacts to the report, first and last, that are counted by themselves.
const AROUND: std::ops::RangeInclusive<i32> = -2..=5;
/// A session reacts to a report where its probability, afterwards, is above this; below it the time of day is unknown.
const CERTAIN: f64 = 0.9;

/// What is known of a window's reports afterwards, in the order of [`ByReport::over_blend`].
const WINDOWS: [&str; 3] = ["a report inside", "none inside", "no dates known of this stock"];

/// The loss of all windows, and the outcomes of those whose reports are known afterwards.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct ByReport {
    /// Windows with a report, without one, and of stocks whose dates are not known; JSON has the loss over `blend`'s.
    #[serde(serialize_with = "over_blend")]
    over_blend: [Tally; 3],
    /// No report between origin and outcome.
    without: Held,
    /// At least one.
    with: Held,
    /// By sessions after the one that reacts.
    around: [Held; 8],
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Held {
    outcomes: u64,
    inside: [u64; 3],
}

impl ByReport {
    /// Counts one window and its tally, given the probability that each session reacted to a report, where it is known.
    pub(super) fn count(
        &mut self,
        tally: &Tally,
        forecast: &RecordedForecast,
        outcome: &Outcome,
        reacted: Option<&[f64; HORIZON]>,
    ) {
        let Some(reacted) = reacted else { return self.over_blend[2].add(tally) };
        let first = reacted.iter().position(|&mass| mass > CERTAIN);
        self.over_blend[usize::from(first.is_none())].add(tally);
        for (ahead, &outcome) in outcome.iter().enumerate() {
            let inside =
                Interval::ALL.map(|interval| forecast.contains(interval.positions(), ahead, outcome));
            let group =
                if first.is_some_and(|first| ahead >= first) { &mut self.with } else { &mut self.without };
            group.count(inside);
            if let Some(first) = first {
                let after = ahead as i32 - first as i32;
                if AROUND.contains(&after) {
                    self.around[(after - AROUND.start()) as usize].count(inside);
                }
            }
        }
    }
}

impl Held {
    fn count(&mut self, inside: [bool; 3]) {
        self.outcomes += 1;
        self.inside.iter_mut().zip(inside).for_each(|(count, inside)| *count += u64::from(inside));
    }
}

fn over_blend<S: Serializer>(windows: &[Tally; 3], serializer: S) -> Result<S::Ok, S::Error> {
    windows.each_ref().map(|tally| tally.ratio(1)).serialize(serializer)
}

impl fmt::Display for ByReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| quarterly report | windows | ÷ blend |\n|---|---|---|")?;
        for (name, tally) in WINDOWS.into_iter().zip(&self.over_blend) {
            writeln!(f, "| {name} | {} | {:.4} |", tally.windows, tally.ratio(1))?;
        }
        writeln!(
            f,
            "\n| quarterly report | outcomes | 50% held | 80% held | 90% held |\n|---|---|---|---|---|"
        )?;
        let around = AROUND.zip(&self.around).map(|(after, held)| {
            let name = match after {
                0 => "on the session that reacts".to_owned(),
                after if after < 0 => format!("{} before it", -after),
                after => format!("{after} after it"),
            };
            (name, held)
        });
        let groups = [("none inside".to_owned(), &self.without), ("inside".to_owned(), &self.with)];
        for (name, held) in groups.into_iter().chain(around) {
            write!(f, "| {name} | {} |", held.outcomes)?;
            for inside in held.inside {
                write!(f, " {:.1}% |", 100.0 * inside as f64 / held.outcomes.max(1) as f64)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_before_and_after_the_session_that_reacts() {
        let quantiles = [-300, -200, -100, 0, 100, 200, 300].map(|quantile| [quantile; HORIZON]);
        let forecast = RecordedForecast { quantiles, sigma: 100_000, fast_sigma: 100_000 };
        let mut outcome = [5_000; HORIZON];
        outcome[3..].fill(25_000);
        let mut reacted = [0.0; HORIZON];
        reacted[3] = 1.0;

        let mut found = ByReport::default();
        let mut tally = Tally::default();
        tally.count(&forecast, &[[0.01; 7]; HORIZON], &outcome);
        found.count(&tally, &forecast, &outcome, Some(&reacted));
        found.count(&tally, &forecast, &outcome, None);

        assert_eq!((found.without.outcomes, found.without.inside), (3, [3, 3, 3]));
        assert_eq!((found.with.outcomes, found.with.inside), (11, [0, 0, 11]));
        assert_eq!(found.around[2].inside, [0, 0, 1]);
        assert!(found.to_string().contains("| on the session that reacts | 1 | 0.0% | 0.0% | 100.0% |"));
        assert_eq!(found.over_blend.each_ref().map(|tally| tally.windows), [1.0, 0.0, 1.0]);
        assert!(found.to_string().contains(&format!("| a report inside | 1 | {:.4} |", tally.ratio(1))));
    }
}

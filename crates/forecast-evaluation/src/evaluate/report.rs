use std::collections::BTreeMap;
use std::fmt;

use forecast_model::{HORIZON, Manifest};
use forecast_score::{Tally, bootstrap};
use forecast_types::Interval;
use jiff::civil::Date;
use serde::Serialize;

use super::by_report::ByReport;
use super::chances::Chances;

/// All figures of one evaluation; printed as a table, written as JSON.
#[derive(Debug, Serialize)]
pub struct Report {
    model: String,
    stocks: usize,
    windows: u64,
    from: Date,
    to: Date,
    /// Mean pinball loss of the model, `ewma`, `blend`.
    loss: [f64; 3],
    over_ewma: Figure,
    over_blend: Figure,
    by_year: BTreeMap<i16, f64>,
    median_over_no_change: Figure,
    held: Vec<Held>,
    held_at: Vec<HeldAt>,
    held_by_volatility: Vec<[f64; 3]>,
    over_blend_by_volatility: [f64; 3],
    pit: Vec<f64>,
    direction: Option<Figure>,
    share_of_rises: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_report: Option<ByReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chances: Option<Chances>,
}

/// A figure with its 95% interval from blocks of dates; JSON has `null` for a figure that does not exist.
#[derive(Clone, Copy, Debug, Serialize)]
struct Figure {
    value: f64,
    /// `None` with too few dates.
    between: Option<(f64, f64)>,
}

#[derive(Debug, Serialize)]
struct Held {
    level: f64,
    held: Figure,
}

#[derive(Debug, Serialize)]
struct HeldAt {
    sessions: usize,
    held: [f64; 3],
}

impl Report {
    pub(super) fn new(
        manifest: &Manifest,
        stocks: usize,
        by_date: &BTreeMap<Date, Tally>,
        terciles: &[Tally; 3],
        by_report: Option<ByReport>,
    ) -> Self {
        let mut all = Tally::default();
        let mut years: BTreeMap<i16, Tally> = BTreeMap::new();
        for (date, tally) in by_date {
            all.add(tally);
            years.entry(date.year()).or_default().add(tally);
        }
        let dates: Vec<Tally> = by_date.values().cloned().collect();
        let figures = |tally: &Tally| {
            let hits = tally.direction[0] / tally.direction[1].max(1.0);
            [
                tally.ratio(0),
                tally.ratio(1),
                tally.median_ratio(),
                tally.coverage(0),
                tally.coverage(1),
                tally.coverage(2),
                hits,
            ]
        };
        let between = bootstrap::intervals(&dates, figures);
        let values = figures(&all);
        let figure = |index: usize| Figure { value: values[index], between: between[index] };
        let outcomes = all.windows * HORIZON as f64;
        Self {
            model: format!("{} {}", manifest.name, manifest.version),
            stocks,
            windows: all.windows as u64,
            from: *by_date.keys().next().expect("there is a window"),
            to: *by_date.keys().next_back().expect("there is a window"),
            loss: all.loss.map(|loss| loss / all.windows),
            over_ewma: figure(0),
            over_blend: figure(1),
            by_year: years.iter().map(|(&year, tally)| (year, tally.ratio(1))).collect(),
            median_over_no_change: figure(2),
            held: Interval::ALL
                .iter()
                .enumerate()
                .map(|(i, interval)| Held { level: interval.level(), held: figure(3 + i) })
                .collect(),
            held_at: (0..HORIZON)
                .map(|ahead| HeldAt {
                    sessions: ahead + 1,
                    held: [0, 1, 2].map(|i| all.coverage_at(ahead, i)),
                })
                .collect(),
            held_by_volatility: terciles.iter().map(|tally| [0, 1, 2].map(|i| tally.coverage(i))).collect(),
            over_blend_by_volatility: [0, 1, 2].map(|third| terciles[third].ratio(1)),
            pit: all.between_levels.iter().map(|count| count / outcomes).collect(),
            direction: (all.direction[1] > 0.0).then(|| figure(6)),
            share_of_rises: all.rises / outcomes,
            by_report,
            chances: None,
        }
    }

    pub(super) fn with_chances(self, chances: Option<Chances>) -> Self {
        Self { chances, ..self }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} windows of {} stocks, origins {} to {}",
            self.model, self.windows, self.stocks, self.from, self.to
        )?;
        writeln!(
            f,
            "\n| score (mean pinball loss) | value | over it, the model's (95% interval) |\n|---|---|---|"
        )?;
        writeln!(f, "| model | {:.6} | |", self.loss[0])?;
        writeln!(f, "| ewma | {:.6} | {} |", self.loss[1], ratio(self.over_ewma))?;
        writeln!(f, "| blend | {:.6} | {} |", self.loss[2], ratio(self.over_blend))?;
        writeln!(f, "| median against no change | | {} |", ratio(self.median_over_no_change))?;
        let years: Vec<String> =
            self.by_year.iter().map(|(year, &ratio)| format!("{year}: {}", factor(ratio))).collect();
        writeln!(f, "\nOver blend by year: {}", years.join(", "))?;
        writeln!(
            f,
            "\n| interval | held (95% interval) | at 1 | at 7 | at 14 | calm third | middle third | wild third |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for (i, Held { level, held }) in self.held.iter().enumerate() {
            write!(f, "| {:.0}% | {}", level * 100.0, with_interval(*held, percent))?;
            for ahead in [0, 6, 13] {
                write!(f, " | {}", percent(self.held_at[ahead].held[i]))?;
            }
            for third in &self.held_by_volatility {
                write!(f, " | {}", percent(third[i]))?;
            }
            writeln!(f, " |")?;
        }
        let thirds = self.over_blend_by_volatility.map(factor);
        writeln!(f, "\nOver blend by volatility, calm to wild: {}", thirds.join(", "))?;
        let pit: Vec<String> = self.pit.iter().map(|&share| percent(share)).collect();
        writeln!(
            f,
            "Outcomes between the levels (5, 5, 15, 25, 25, 15, 5, 5% promised): {}",
            pit.join(", ")
        )?;
        match self.direction {
            Some(hits) => {
                write!(f, "The median named the direction in {}", with_interval(hits, percent))?;
            }
            None => write!(f, "The median takes no side")?,
        }
        write!(f, "; prices rose in {} of the outcomes.", percent(self.share_of_rises))?;
        self.by_report.iter().try_for_each(|by_report| write!(f, "\n{by_report}"))?;
        self.chances.iter().try_for_each(|chances| write!(f, "\n\n{chances}"))
    }
}

fn ratio(figure: Figure) -> String {
    with_interval(figure, factor)
}

fn with_interval(figure: Figure, words: impl Fn(f64) -> String) -> String {
    let value = words(figure.value);
    match figure.between {
        Some((low, high)) => format!("{value} ({} to {})", words(low), words(high)),
        None if figure.value.is_finite() => format!("{value} (too few dates for an interval)"),
        None => value,
    }
}

/// One loss over another; where the prices never move, there is nothing to divide by.
fn factor(ratio: f64) -> String {
    if ratio.is_finite() { format!("{ratio:.4}") } else { "no loss to compare with".to_owned() }
}

fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}%", share * 100.0) } else { "no windows".to_owned() }
}

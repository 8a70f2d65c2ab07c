use forecast_types::{HORIZON, Interval};

use crate::LEVELS;
use crate::loss::{MEDIAN, Returns, blend, ewma, pinball};
use crate::recorded::{Outcome, RecordedForecast, simple_return};

/// Sums over forecasts, usually those of one origin date, because stocks move together. Tallies can be added.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Forecasts counted.
    pub windows: f64,
    /// Pinball loss of the model, of `ewma`, of `blend`.
    pub loss: [f64; 3],
    /// Absolute error of the model's median and of "no change", summed over horizons.
    pub median_error: [f64; 2],
    /// By horizon and interval: outcomes inside.
    pub inside: [[f64; 3]; HORIZON],
    /// Outcomes below the first level, between the first two, …, above the last.
    pub between_levels: [f64; LEVELS + 1],
    /// Outcomes whose sign the median predicted, and all outcomes for which it predicted one.
    pub direction: [f64; 2],
    /// Outcomes above the price at the origin.
    pub rises: f64,
}

impl Tally {
    /// Counts one forecast; `base` has the pooled quantiles behind the baseline `blend`.
    pub fn count(&mut self, forecast: &RecordedForecast, base: &Returns, outcome: &Outcome) {
        let model = forecast.returns();
        let returns = outcome.map(simple_return);
        self.windows += 1.0;
        let forecasts = [&model, &ewma(forecast.fast_sigma()), &blend(forecast.sigma(), base)];
        for (sum, forecast) in self.loss.iter_mut().zip(forecasts) {
            *sum += pinball(forecast, &returns);
        }
        for (ahead, (quantiles, change)) in model.iter().zip(returns).enumerate() {
            let median = quantiles[MEDIAN];
            self.median_error[0] += (change - median).abs();
            self.median_error[1] += change.abs();
            for (inside, interval) in self.inside[ahead].iter_mut().zip(Interval::ALL) {
                *inside +=
                    f64::from(u8::from(forecast.contains(interval.positions(), ahead, outcome[ahead])));
            }
            self.between_levels[forecast.levels_below(ahead, outcome[ahead])] += 1.0;
            self.rises += f64::from(u8::from(outcome[ahead] > 0));
            if forecast.edge(MEDIAN, ahead) != 0 && outcome[ahead] != 0 {
                self.direction[0] += f64::from(u8::from(median.signum() == change.signum()));
                self.direction[1] += 1.0;
            }
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        self.windows += other.windows;
        add(&mut self.loss, &other.loss);
        add(&mut self.median_error, &other.median_error);
        add(self.inside.as_flattened_mut(), other.inside.as_flattened());
        add(&mut self.between_levels, &other.between_levels);
        add(&mut self.direction, &other.direction);
        self.rises += other.rises;
    }

    /// The model's loss over that of `ewma` (0) or `blend` (1); below 1 is better.
    #[must_use]
    pub fn ratio(&self, baseline: usize) -> f64 {
        self.loss[0] / self.loss[1 + baseline]
    }

    /// The error of the model's median over that of "no change".
    #[must_use]
    pub fn median_ratio(&self) -> f64 {
        self.median_error[0] / self.median_error[1]
    }

    /// The share of outcomes inside an interval, over all horizons.
    #[must_use]
    pub fn coverage(&self, interval: usize) -> f64 {
        self.inside.iter().map(|inside| inside[interval]).sum::<f64>() / (self.windows * HORIZON as f64)
    }

    /// The share of outcomes inside an interval at one horizon, `ahead` from 0.
    #[must_use]
    pub fn coverage_at(&self, ahead: usize, interval: usize) -> f64 {
        self.inside[ahead][interval] / self.windows
    }
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_counted_inside_its_intervals_and_between_its_levels() {
        let mut quantiles = [
            [-300; HORIZON],
            [-200; HORIZON],
            [-100; HORIZON],
            [0; HORIZON],
            [100; HORIZON],
            [200; HORIZON],
            [300; HORIZON],
        ];
        quantiles.iter_mut().for_each(|level| level[1] = 50);
        let forecast = RecordedForecast { quantiles, sigma: 100_000, fast_sigma: 100_000 };
        let mut tally = Tally::default();
        tally.count(&forecast, &[[0.0; LEVELS]; HORIZON], &[15_000; HORIZON]);
        assert_eq!(tally.inside[0], [0.0, 1.0, 1.0]);
        assert_eq!(tally.inside[1], [0.0, 0.0, 0.0]);
        assert_eq!(tally.between_levels, [0.0, 0.0, 0.0, 0.0, 0.0, 13.0, 0.0, 1.0]);
        assert_eq!(tally.direction, [1.0, 1.0]);
    }
}

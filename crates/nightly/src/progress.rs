//! How far the night is: a bar on a terminal, a line now and then in logs.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// Between two lines in the log.
const EVERY: Duration = Duration::from_secs(15);

/// The progress of a night, or of anything else that is done one by one.
#[derive(Debug)]
pub struct Progress {
    total: usize,
    /// What is counted, such as `stocks`.
    unit: &'static str,
    done: usize,
    failed: usize,
    /// `None` where nobody watches.
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    /// Begins to count up to a total of `stocks`, or whatever the unit is.
    ///
    /// # Panics
    /// Never: the template of the bar is written correctly.
    #[must_use]
    pub fn of(total: usize, unit: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = "{bar:30} {human_pos} of {human_len} {prefix}{msg} ({eta} left)";
            let style = ProgressStyle::with_template(style).expect("the template is written correctly");
            ProgressBar::new(total as u64).with_style(style).with_prefix(unit)
        });
        Self { total, unit, done: 0, failed: 0, bar, last_line: Instant::now() }
    }

    /// Says how many are done by now.
    pub fn reach(&mut self, done: usize) {
        self.done = done;
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        } else if self.last_line.elapsed() >= EVERY || self.done == self.total {
            self.last_line = Instant::now();
            let [done, total, failed] =
                [self.done, self.total, self.failed].map(|number| HumanCount(number as u64));
            tracing::info!("{done} of {total} {}, {failed} without a forecast", self.unit);
        }
    }

    pub(crate) fn done(&mut self, more: usize) {
        self.reach(self.done + more);
    }

    pub(crate) fn failed(&mut self, stocks: usize) {
        self.failed += stocks;
        if let Some(bar) = self.bar.as_ref().filter(|_| self.failed > 0) {
            bar.set_message(format!(", {} without a forecast", self.failed));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

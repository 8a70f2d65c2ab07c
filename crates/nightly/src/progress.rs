//! Shows progress: a bar on a terminal, or a log line every few seconds.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// The time between two log lines.
const EVERY: Duration = Duration::from_secs(15);

/// The progress of work that consists of many equal steps.
#[derive(Debug)]
pub struct Progress {
    total: usize,
    /// What is counted, such as `stocks`.
    unit: &'static str,
    done: usize,
    failed: usize,
    /// `None` if standard error is not a terminal.
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    /// Starts counting up to a total, of `stocks` for example.
    ///
    /// # Panics
    /// Never: the template of the bar is valid.
    #[must_use]
    pub fn of(total: usize, unit: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = "{bar:30} {human_pos} of {human_len} {prefix}{msg} ({eta} left)";
            let style = ProgressStyle::with_template(style).expect("the template is valid");
            ProgressBar::new(total as u64).with_style(style).with_prefix(unit)
        });
        Self { total, unit, done: 0, failed: 0, bar, last_line: Instant::now() }
    }

    /// Sets how many are done.
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

//! How far the night is: a bar on a terminal, a line now and then in logs.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// Between two lines in the log.
const EVERY: Duration = Duration::from_secs(15);

/// The progress of one task.
#[derive(Debug)]
pub(crate) struct Progress {
    stocks: usize,
    done: usize,
    failed: usize,
    /// `None` where nobody watches.
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    pub(crate) fn of(stocks: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = "{bar:30} {human_pos} of {human_len} stocks{msg} ({eta} left)";
            let style = ProgressStyle::with_template(style).expect("the template is written correctly");
            ProgressBar::new(stocks as u64).with_style(style)
        });
        Self { stocks, done: 0, failed: 0, bar, last_line: Instant::now() }
    }

    pub(crate) fn done(&mut self, stocks: usize) {
        self.done += stocks;
        if let Some(bar) = &self.bar {
            bar.inc(stocks as u64);
        } else if self.last_line.elapsed() >= EVERY || self.done == self.stocks {
            self.last_line = Instant::now();
            let count = |number: usize| HumanCount(number as u64);
            tracing::info!(
                done = self.done,
                stocks = self.stocks,
                failed = self.failed,
                "{} of {} stocks, {} without a forecast",
                count(self.done),
                count(self.stocks),
                count(self.failed)
            );
        }
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

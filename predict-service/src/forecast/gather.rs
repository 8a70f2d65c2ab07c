//! Collects what the sources answer to one request, and reports each as it ends.

use feature_sources::{Days, Moment};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::watch;

use super::progress::ForecastProgress;
use super::request::ForecastRequest;
use super::sources::{Answer, KnownPrices, NoPrices, SourceAnswers, Sources};

/// Answers on their way.
pub(super) struct Gathering<'a> {
    asked: FuturesUnordered<BoxFuture<'a, Answer>>,
    pub(super) answers: SourceAnswers,
    progress: &'a watch::Sender<ForecastProgress>,
    window: Days,
    now: Timestamp,
}

impl<'a> Gathering<'a> {
    /// Asks all sources.
    pub(super) fn start(
        sources: &'a Sources,
        request: &ForecastRequest,
        moment: Moment,
        progress: &'a watch::Sender<ForecastProgress>,
    ) -> Self {
        Self {
            asked: sources.ask(request, moment),
            answers: SourceAnswers::none(sources.names()),
            progress,
            window: request.window(moment.now),
            now: moment.now,
        }
    }

    /// Waits for the prices.
    pub(super) async fn prices(&mut self) -> Result<KnownPrices<'_>, NoPrices> {
        while !self.answers.has_prices() && self.next().await {}
        self.answers.prices(self.now)
    }

    /// Waits for everything that is still to come; nothing is lost when it is interrupted.
    pub(super) async fn the_rest(&mut self) {
        while self.next().await {}
    }

    async fn next(&mut self) -> bool {
        let Some(answer) = self.asked.next().await else { return false };
        let report = self.answers.add(answer, self.window);
        self.progress.send_modify(|progress| progress.reports.push(report));
        true
    }
}

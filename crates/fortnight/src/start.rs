//! Starts everything, says where it is, and stops it in order.

mod args;
mod ready;

use std::time::Duration;

use anyhow::Context as _;
use forecast_types::Market;
use frontend::Config as FrontendConfig;
use jiff::Timestamp;
use market_sim::Exchange;
use market_sim::market::Market as SimMarket;
use plot_service::Config as PlotConfig;
use service_runtime::Clock;
use service_runtime::serve::ServeConfig;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::addresses::{Addresses, Ports, Sockets};

pub use args::StartArgs;

/// How long each part may finish what it has begun; all of them together stay below ten seconds.
const FRONTEND_GRACE: Duration = Duration::from_millis(4_500);
const BACK_END_GRACE: Duration = Duration::from_millis(3_000);
/// Loading a model and a list takes a fraction of this.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Everything, running.
#[derive(Debug)]
pub struct Running {
    /// Where the parts listen.
    pub addresses: Addresses,
    /// The stand-in market; `None` where the sources are real.
    pub exchange: Option<Exchange>,
    /// The time it is for the services.
    pub clock: Clock,
    // In the order in which they stop: callers before the services they call.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    shutdown: CancellationToken,
    service: JoinHandle<anyhow::Result<()>>,
}

/// Starts everything, prints the page's address, and runs until it is stopped.
///
/// # Errors
/// When a port is taken, a file is missing, or a part ends by itself.
pub async fn start(args: StartArgs, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut running = tokio::select! {
        running = launch(&args) => running?,
        () = shutdown.cancelled() => return Ok(()),
    };
    println!("{}", args.banner(&running));
    let ended = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        ended = running.first_to_end() => ended,
    };
    println!("Stopping …");
    running.stop().await?;
    ended
}

/// Starts everything and waits until all parts can do their work.
///
/// # Errors
/// As [`start`].
pub async fn launch(args: &StartArgs) -> anyhow::Result<Running> {
    let sockets = Sockets::bind(Ports::from_base(args.port_base)).await?;
    let addresses = sockets.addresses()?;
    let exchange = open_market(args).await?;
    let now = exchange.as_ref().and_then(|exchange| args.now.or_else(|| replay_start(exchange)));

    let predict = args.predict_config(&addresses, now, serve_config(BACK_END_GRACE))?;
    let plot = PlotConfig { server: serve_config(BACK_END_GRACE), ..PlotConfig::default() };
    let frontend = FrontendConfig {
        predict_url: addresses.predict.clone(),
        plot_url: addresses.plot.clone(),
        stocks_csv: args.stocks_csv.clone(),
        model_card: args.model_card.clone(),
        store_url: args.store.clone(),
        market: args.market(),
        server: serve_config(FRONTEND_GRACE),
        ..FrontendConfig::default()
    };

    let mut parts = vec![
        Part::spawn("the page", |stop| frontend::run(sockets.frontend, frontend, stop)),
        Part::spawn("predict-service", |stop| predict_service::run(sockets.predict, predict, stop)),
        Part::spawn("plot-service", |stop| plot_service::run(sockets.plot, plot, stop)),
    ];
    if let Some(exchange) = exchange.clone() {
        parts.push(Part::spawn("the stand-in market", |stop| exchange.serve(sockets.market, stop)));
    }
    let mut running = Running { addresses, exchange, clock: Clock::system_or_starting_at(now), parts };
    let services =
        [&running.addresses.frontend, &running.addresses.predict, &running.addresses.plot].map(Clone::clone);
    let all_ready = ready::wait(&services);
    tokio::select! {
        ready = tokio::time::timeout(READY_WITHIN, all_ready) => ready.context("the services do not get ready")??,
        ended = running.first_to_end() => {
            ended?;
            anyhow::bail!("a part ended while starting");
        }
    }
    Ok(running)
}

/// Reading a file to replay takes seconds, so it is announced and kept off the async threads.
async fn open_market(args: &StartArgs) -> anyhow::Result<Option<Exchange>> {
    let Some(config) = args.sim_config() else { return Ok(None) };
    if let Some(file) = &config.replay {
        eprintln!("Reading {} …", file.display());
    }
    let exchange =
        tokio::task::spawn_blocking(move || config.open()).await.context("opening the market")??;
    Ok(Some(exchange))
}

fn replay_start(exchange: &Exchange) -> Option<Timestamp> {
    match exchange.market() {
        SimMarket::Replay(replay) => Some(replay.starts_at()),
        SimMarket::Simulated(_) => None,
    }
}

fn serve_config(grace: Duration) -> ServeConfig {
    ServeConfig { shutdown_grace: grace, ..ServeConfig::default() }
}

impl Part {
    fn spawn<F>(name: &'static str, run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let shutdown = CancellationToken::new();
        let service = tokio::spawn(run(shutdown.clone()));
        Self { name, shutdown, service }
    }
}

impl Running {
    /// Returns which market it shows.
    #[must_use]
    pub fn market(&self) -> Market {
        match self.exchange.as_ref().map(Exchange::market) {
            None => Market::Live,
            Some(SimMarket::Simulated(_)) => Market::Simulated,
            Some(SimMarket::Replay(_)) => Market::Replay,
        }
    }

    /// Waits until a part ends by itself, which none should.
    async fn first_to_end(&mut self) -> anyhow::Result<()> {
        let ends = std::future::poll_fn(|context| {
            for part in &mut self.parts {
                if let std::task::Poll::Ready(ended) = std::pin::Pin::new(&mut part.service).poll(context) {
                    return std::task::Poll::Ready((part.name, ended));
                }
            }
            std::task::Poll::Pending
        });
        let (name, ended) = ends.await;
        self.parts.retain(|part| part.name != name);
        match ended {
            Ok(Ok(())) => anyhow::bail!("{name} stopped by itself"),
            Ok(Err(error)) => Err(error.context(format!("{name} cannot run"))),
            Err(panic) => Err(anyhow::Error::new(panic).context(format!("{name} broke down"))),
        }
    }

    /// Stops all parts, callers before the services they call; each finishes its requests.
    ///
    /// # Errors
    /// The first failure of a part.
    pub async fn stop(self) -> anyhow::Result<()> {
        let mut first = Ok(());
        for part in self.parts {
            part.shutdown.cancel();
            let ended = part.service.await.context(part.name).and_then(|ended| ended.context(part.name));
            first = first.and(ended);
        }
        first
    }
}

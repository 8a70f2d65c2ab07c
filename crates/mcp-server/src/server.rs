use std::sync::Arc;

use forecast_client::ForecastClient;
use forecast_types::Forecast;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{Json, ServerHandler, tool, tool_handler, tool_router};
use stock_list::{Listing, Resolution, StockList};

use crate::chance::{ChanceAnswer, ChanceQuestion};
use crate::compare::{self, CompareAnswer, CompareQuestion};
use crate::error::ToolError;
use crate::forecast::{ForecastAnswer, StockQuestion};
use crate::search::{SearchAnswer, SearchQuestion};
use crate::track_record::TrackRecordAnswer;

/// Forecasts asked for at the same time; predict-service gives one client half of its slots.
const AT_ONCE: usize = 2;

/// The tools; cheap to clone.
#[derive(Clone, Debug)]
pub struct ForecastServer {
    client: ForecastClient,
    stocks: Arc<StockList>,
}

#[tool_router]
impl ForecastServer {
    /// Makes the tools.
    #[must_use]
    pub fn new(client: ForecastClient, stocks: StockList) -> Self {
        Self { client, stocks: Arc::new(stocks) }
    }

    /// Ranges of a US stock's closing price over the next fourteen trading days (50%, 80%, 90%), with how often such
    /// ranges have held and which data was available. Use it for questions such as "where may NVDA be in two weeks?".
    #[tool(annotations(title = "Forecast", read_only_hint = true, open_world_hint = true))]
    async fn forecast(
        &self,
        Parameters(question): Parameters<StockQuestion>,
    ) -> Result<Json<ForecastAnswer>, ToolError> {
        let listing = self.listing(&question.stock)?;
        Ok(Json(ForecastAnswer::of(&self.ask(listing, question.as_of).await?)))
    }

    /// How likely a stock is to close above or below a price on a coming trading day, and at least once until then.
    /// Use it for questions such as "will NVDA be above 920 by Dec 11?" or "may KO fall below 60?".
    #[tool(annotations(title = "Chance", read_only_hint = true, open_world_hint = true))]
    async fn chance(
        &self,
        Parameters(question): Parameters<ChanceQuestion>,
    ) -> Result<Json<ChanceAnswer>, ToolError> {
        let side = question.side()?;
        let listing = self.listing(&question.stock)?;
        let forecast = self.ask(listing, question.as_of).await?;
        Ok(Json(ChanceAnswer::of(side, question.by, &forecast)?))
    }

    /// How often the ranges for one stock held in the past: every forecast is remade from what was known on its day
    /// and compared with what happened. Use it for questions such as "how good are these forecasts?".
    #[tool(annotations(title = "Track record", read_only_hint = true, open_world_hint = true))]
    async fn track_record(
        &self,
        Parameters(question): Parameters<StockQuestion>,
    ) -> Result<Json<TrackRecordAnswer>, ToolError> {
        let listing = self.listing(&question.stock)?;
        let forecast = self.ask(listing, question.as_of).await?;
        let record = self.client.track_record(listing.symbol.as_str(), question.as_of).await;
        let record = record.map_err(|error| ToolError::Service { symbol: listing.symbol.clone(), error })?;
        Ok(Json(TrackRecordAnswer::of(&record, &forecast)))
    }

    /// Finds listed US stocks and funds by symbol or name. Use it before the other tools when the symbol is not known.
    #[tool(annotations(title = "Search", read_only_hint = true, open_world_hint = false))]
    async fn search(&self, Parameters(question): Parameters<SearchQuestion>) -> Json<SearchAnswer> {
        Json(SearchAnswer::of(&self.stocks, &question.query))
    }

    /// Compares how wide the ranges of 2 to 8 stocks are fourteen trading days ahead, narrowest first. It does not say
    /// which stock will do better: nothing here predicts direction.
    #[tool(annotations(title = "Compare", read_only_hint = true, open_world_hint = true))]
    async fn compare(
        &self,
        Parameters(question): Parameters<CompareQuestion>,
    ) -> Result<Json<CompareAnswer>, ToolError> {
        if !compare::COUNT.contains(&question.stocks.len()) {
            return Err(ToolError::Count(question.stocks.len()));
        }
        let listings: Vec<Listing> =
            question.stocks.iter().map(|stock| self.listing(stock).cloned()).collect::<Result<_, _>>()?;
        let as_of = question.as_of;
        let asked = listings.into_iter().map(|listing| async move { self.ask(&listing, as_of).await });
        let forecasts: Vec<Forecast> =
            futures_util::stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        Ok(Json(CompareAnswer::of(&forecasts)))
    }

    /// Asks for a forecast and names its stock as our list does.
    async fn ask(&self, listing: &Listing, as_of: Option<Date>) -> Result<Forecast, ToolError> {
        let answer = self.client.forecast(listing.symbol.as_str(), as_of).await;
        let mut forecast =
            answer.map_err(|error| ToolError::Service { symbol: listing.symbol.clone(), error })?;
        forecast.stock.symbol = listing.symbol.clone();
        forecast.stock.name.clone_from(&listing.name);
        Ok(forecast)
    }

    fn listing(&self, stock: &str) -> Result<&Listing, ToolError> {
        match self.stocks.resolve(stock) {
            Resolution::Found(listing) => Ok(listing),
            Resolution::Unknown => Err(ToolError::Unknown(stock.chars().take(80).collect())),
            Resolution::Ambiguous(listings) => Err(ToolError::Ambiguous {
                name: stock.chars().take(80).collect(),
                symbols: listings.iter().map(|listing| listing.symbol.clone()).collect(),
            }),
        }
    }
}

#[tool_handler(
    name = "fortnight",
    instructions = "Fortnight gives calibrated ranges for the closing price of listed US stocks over the next fourteen \
                    trading days. It does not predict direction. Always tell the range together with how often such \
                    ranges have held, say when prices are simulated or a source is missing, and add that this is not \
                    investment advice. Never turn a range into a single price."
)]
impl ServerHandler for ForecastServer {}

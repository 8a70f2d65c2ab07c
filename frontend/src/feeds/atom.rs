//! `GET /feed.atom`: a feed of the whole market, or of the forecasts of some stocks (RFC 4287).

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use forecast_types::Market;
use problem_details::{Problem, ProblemKind};
use serde::Deserialize;
use service_runtime::extract::Query;

use super::followed::{Followed, followed};
use crate::caching::{CachePolicy, respond};
use crate::forecast::cache::RecordState;
use crate::forecast::headline::{range_title, share_description};
use crate::forecast::links::{DEFAULT_RANGE, View};
use crate::format;
use crate::origin::public_origin;
use crate::pages::frame::{notice, render};
use crate::pages::market::{held_words, in_short};
use crate::state::AppState;

/// The stocks to follow; without them, the whole market.
#[derive(Debug, Deserialize)]
pub(crate) struct FeedQuery {
    stocks: Option<String>,
}

/// A feed. The template escapes every value.
#[derive(Template)]
#[template(path = "feed.xml")]
pub(super) struct Feed {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) address: String,
    pub(super) page: String,
    pub(super) updated: String,
    pub(super) entries: Vec<Entry>,
}

/// One forecast, or one day of the market.
pub(super) struct Entry {
    pub(super) title: String,
    /// The address of the page, which is permanent and so identifies the entry.
    pub(super) page: String,
    pub(super) updated: String,
    pub(super) text: String,
}

const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";
const SUBTITLE: &str = "A model’s ranges, with how often such ranges held. Not investment advice.";

/// Returns the feed.
pub(crate) async fn show(
    State(state): State<AppState>,
    Query(query): Query<FeedQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let origin = public_origin(&state.config, &headers).ok_or_else(|| {
        Problem::new(ProblemKind::NotFound).detail("this host offers no feed; set PUBLIC_URL")
    })?;
    let feed = match query.stocks {
        Some(stocks) => Feed::of_stocks(&origin, &followed(&state, &stocks).await?),
        None => of_market(&state, &origin).ok_or_else(|| {
            Problem::new(ProblemKind::NotFound)
                .detail("there is no feed of the whole market here; add ?stocks=KO,NVDA")
        })?,
    };
    Ok(respond(&headers, CachePolicy::List, MEDIA_TYPE, render(&feed)))
}

/// The newest day of the store; feed readers keep the earlier ones.
fn of_market(state: &AppState, origin: &str) -> Option<Feed> {
    let snapshot = state.snapshot()?;
    let market = snapshot.market.as_ref()?;
    let far: Vec<&str> = market.left_range.iter().take(5).map(|stock| stock.symbol.as_str()).collect();
    let far = (!far.is_empty()).then(|| format!("Farthest outside: {}.", far.join(", ")));
    let text = [Some(in_short(market)), held_words(market), far, Some("Not investment advice.".to_owned())];
    Some(Feed {
        title: "The market on Fortnight".to_owned(),
        subtitle: subtitle(market.market),
        address: format!("{origin}/feed.atom"),
        page: format!("{origin}/market"),
        updated: market.sealed_at.to_string(),
        entries: vec![Entry {
            title: format!("The market after {}", format::full_day(market.session)),
            page: format!("{origin}/record/{}", market.session),
            updated: market.sealed_at.to_string(),
            text: text.into_iter().flatten().collect::<Vec<_>>().join(" "),
        }],
    })
}

/// The notice of the market and the general subtitle.
fn subtitle(market: Market) -> String {
    notice(market).into_iter().chain([SUBTITLE]).collect::<Vec<_>>().join(" ")
}

impl Feed {
    fn of_stocks(origin: &str, stocks: &[Followed]) -> Self {
        let symbols: Vec<&str> = stocks.iter().map(|stock| stock.listing.symbol.as_str()).collect();
        let (named, listed) = (symbols.join(", "), symbols.join(","));
        let newest = stocks.iter().map(Followed::known_since).max().unwrap_or_default();
        Self {
            title: format!("{named} on Fortnight"),
            subtitle: stocks.first().map(|stock| subtitle(stock.forecast.market)).unwrap_or_default(),
            address: format!("{origin}/feed.atom?stocks={listed}"),
            page: match symbols.as_slice() {
                [symbol] => format!("{origin}/forecast/{symbol}"),
                _ => format!("{origin}/compare?stocks={listed}"),
            },
            updated: newest.to_string(),
            entries: stocks.iter().map(|stock| Entry::of(origin, stock)).collect(),
        }
    }
}

impl Entry {
    fn of(origin: &str, stock: &Followed) -> Self {
        let Followed { listing, forecast } = stock;
        let view = View { as_of: Some(forecast.as_of), range: DEFAULT_RANGE, theme: None };
        let name = format::short_name(&listing.name);
        Self {
            title: range_title(forecast),
            page: format!("{origin}{}", view.page(&listing.symbol)),
            updated: stock.known_since().to_string(),
            text: share_description(forecast, name, &RecordState::Missing).unwrap_or_default(),
        }
    }
}

//! Every kind of problem a Fortnight service can report. `docs/problems.md` explains each of them to clients.

use http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $status:ident, $slug:literal, $title:literal;)*) => {
        /// A kind of problem: its status, its slug in `docs/problems.md` and its title.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemKind {
            $($(#[$doc])* $kind,)*
        }

        // A problem with the status of a success does not compile.
        $(const _: () = assert!(StatusCode::$status.as_u16() >= 400);)*

        impl ProblemKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Returns the HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }

            /// Returns the word at the end of the problem's `type`.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }

            /// Returns the kind in a few words for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
        }
    };
}

kinds! {
    /// A part of the query, path or body makes no sense.
    BadInput: UNPROCESSABLE_ENTITY, "bad-input", "Bad input";
    /// The request breaks the rules of HTTP.
    BadRequest: BAD_REQUEST, "bad-request", "Bad request";
    /// There is nothing at this path.
    NotFound: NOT_FOUND, "not-found", "Not found";
    /// The path does not take this method.
    MethodNotAllowed: METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed";
    /// `Accept` asks for a format this path does not offer.
    NotAcceptable: NOT_ACCEPTABLE, "not-acceptable", "Not acceptable";
    /// The body is larger than the service reads.
    BodyTooLarge: PAYLOAD_TOO_LARGE, "body-too-large", "Body too large";
    /// The body is not JSON, or does not say that it is.
    UnsupportedMediaType: UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type";
    /// One client sent more requests than its limit allows.
    TooManyRequests: TOO_MANY_REQUESTS, "too-many-requests", "Too many requests";
    /// All workers are busy and the queue is full.
    Overloaded: SERVICE_UNAVAILABLE, "overloaded", "Service is overloaded";
    /// The instance is shutting down.
    Stopping: SERVICE_UNAVAILABLE, "stopping", "Service is stopping";
    /// The request took longer than the service allows.
    RequestTimeout: GATEWAY_TIMEOUT, "request-timeout", "Request took too long";
    /// A bug or a broken installation.
    InternalError: INTERNAL_SERVER_ERROR, "internal-error", "Internal error";

    /// No listed stock has this symbol or name.
    UnknownStock: NOT_FOUND, "unknown-stock", "Unknown stock";
    /// Several stocks have this name.
    AmbiguousName: UNPROCESSABLE_ENTITY, "ambiguous-name", "Ambiguous name";
    /// The stock has not traded for as long as the model needs.
    TooLittleHistory: UNPROCESSABLE_ENTITY, "too-little-history", "Too little history";
    /// The day is before the stock's first trade.
    BeforeListing: UNPROCESSABLE_ENTITY, "before-listing", "Before the listing";
    /// The price source uses the symbol for something other than a stock.
    NotAStock: UNPROCESSABLE_ENTITY, "not-a-stock", "Not a stock";
    /// The price source has no recent prices for the stock.
    NoPrices: NOT_FOUND, "no-prices", "No prices";
    /// There are too few past sessions to judge the forecasts by.
    NoTrackRecord: NOT_FOUND, "no-track-record", "No track record";
    /// The price source, or our own budget for it, allows no request right now.
    PricesRateLimited: SERVICE_UNAVAILABLE, "prices-rate-limited", "Prices rate limited";
    /// The price source cannot be reached or sends something unusable.
    PricesUnavailable: BAD_GATEWAY, "prices-unavailable", "Prices unavailable";
    /// The price source blocks us, or failed so often that we pause before asking again.
    PricesPaused: SERVICE_UNAVAILABLE, "prices-unavailable", "Prices unavailable";
    /// The price source did not answer in time.
    PricesLate: GATEWAY_TIMEOUT, "prices-late", "Prices late";
    /// The model could not make a forecast.
    ForecastFailed: INTERNAL_SERVER_ERROR, "forecast-failed", "Forecast failed";

    /// The chart cannot be drawn.
    InvalidChart: UNPROCESSABLE_ENTITY, "invalid-chart", "Invalid chart";

    /// A service behind the page does not accept connections.
    ServiceUnreachable: SERVICE_UNAVAILABLE, "service-unreachable", "A service is down";
    /// A service behind the page did not answer in time.
    ServiceLate: GATEWAY_TIMEOUT, "service-late", "A service took too long";
    /// A service behind the page sent something other than its contract.
    ServiceMalformed: BAD_GATEWAY, "service-malformed", "A service gave no usable answer";
    /// There is no identity token to call the services with.
    IdentityUnavailable: SERVICE_UNAVAILABLE, "identity-unavailable", "No identity token";
    /// A private service refused the page's identity.
    IdentityRefused: BAD_GATEWAY, "identity-refused", "A service refused this one";
}

impl ProblemKind {
    /// Returns the kind with this slug and status, if it is one of ours.
    #[must_use]
    pub fn find(slug: &str, status: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug && kind.status().as_u16() == status)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_kinds_are_those_of_the_documentation() {
        let documented: BTreeSet<(&str, u16)> = include_str!("../../../docs/problems.md")
            .lines()
            .filter_map(|line| {
                let (slug, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
                Some((slug, rest.split(' ').next()?.parse().ok()?))
            })
            .collect();
        let known: BTreeSet<(&str, u16)> =
            ProblemKind::ALL.iter().map(|kind| (kind.slug(), kind.status().as_u16())).collect();

        assert_eq!(known, documented);
        assert_eq!(known.len(), ProblemKind::ALL.len(), "two kinds share slug and status");
    }

    #[test]
    fn a_kind_is_found_by_its_slug_and_status() {
        for &kind in ProblemKind::ALL {
            assert_eq!(ProblemKind::find(kind.slug(), kind.status().as_u16()), Some(kind));
        }
        assert_eq!(ProblemKind::find("prices-unavailable", 200), None);
    }
}

use forecast_client::{ClientError, Service};
use forecast_types::{QuestionError, Symbol};
use rmcp::model::{ContentBlock, IntoContents};

/// Why a tool failed. Messages never quote other hosts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    #[error("no listed stock is called {0:?}; the tool search finds stocks by parts of their name")]
    Unknown(String),
    #[error("{name:?} names several stocks: {}", list(symbols))]
    Ambiguous { name: String, symbols: Vec<Symbol> },
    #[error("{0} stocks cannot be compared; expected 2 to 8")]
    Count(usize),
    #[error("expected one of above and below, not both")]
    Sides,
    #[error(transparent)]
    Question(#[from] QuestionError),
    #[error("{symbol}: {}", reason(error))]
    Service { symbol: Symbol, error: ClientError },
}

impl IntoContents for ToolError {
    fn into_contents(self) -> Vec<ContentBlock> {
        vec![ContentBlock::text(self.to_string())]
    }
}

fn list(symbols: &[Symbol]) -> String {
    symbols.iter().map(Symbol::as_str).collect::<Vec<_>>().join(", ")
}

/// A service's own explanation may quote another host, so only its kind is passed on.
fn reason(error: &ClientError) -> String {
    let what = match (error, error.kind()) {
        (_, Some(kind)) => kind.title().to_lowercase(),
        (ClientError::Problem(_), None) => "the service reported a problem".to_owned(),
        (ClientError::Unreachable { service: Service::Predict, .. }, _) => {
            "predict-service cannot be reached".to_owned()
        }
        _ => "the service sent an invalid response".to_owned(),
    };
    match error {
        ClientError::Problem(body) => match body.retry_after_seconds {
            Some(seconds) => format!("{what}; try again in {seconds} seconds"),
            None => what,
        },
        _ => what,
    }
}

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The assistant did not speak the protocol, or closed the connection before initialization.
    #[error("the assistant did not start a session")]
    Handshake(#[from] Box<rmcp::service::ServerInitializeError>),
    /// A bug.
    #[error("the server stopped unexpectedly")]
    Broken(#[from] tokio::task::JoinError),
    /// The socket failed.
    #[error("cannot serve HTTP")]
    Http(#[from] std::io::Error),
}

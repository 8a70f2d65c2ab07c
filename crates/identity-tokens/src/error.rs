use std::path::PathBuf;
use std::sync::Arc;

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IdentityError {
    /// The metadata server does not answer.
    #[error("the metadata server at {host} cannot be reached")]
    Unreachable {
        /// Its host.
        host: String,
        /// The cause.
        source: Arc<reqwest::Error>,
    },
    /// It has no token.
    #[error("the metadata server answered {status} for audience {audience}: {body}")]
    Refused {
        /// The status.
        status: u16,
        /// The audience that was asked for.
        audience: String,
        /// Its response.
        body: String,
    },
    /// There is no such file.
    #[error("cannot read the token file {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Arc<std::io::Error>,
    },
    /// The response or file is not a token.
    #[error("the {from} returned something that is not a token: {reason}")]
    Malformed {
        /// Where it came from.
        from: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

//! Identity tokens, which prove to a private Cloud Run service who is calling.
//!
//! A token comes from the first of these that is set: the configuration, a file, the metadata server. On Cloud Run
//! that server signs one for the audience (the address of the called service). It is valid for about an hour; it is
//! renewed in the background some minutes before its `exp`, so that no request waits for a slow metadata server. Plain
//! `http` targets, as on loopback and between compose containers, get none. The signature is not checked here: the
//! receiver does that.

mod error;
mod platform;
mod tokens;

pub use error::IdentityError;
pub use platform::{Given, Platform};
pub use tokens::IdentityTokens;

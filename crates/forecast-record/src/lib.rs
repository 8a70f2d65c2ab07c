//! The record: two transparency logs over a store, one of forecasts and one of outcomes, that make any later change visible.
//!
//! Every row in the store is a leaf of a Merkle tree ([`Hash`](struct@Hash), RFC 6962), which is stored as tiles (C2SP
//! tlog-tiles). Each session ends with a signed [`Checkpoint`] (C2SP tlog-checkpoint), which commits to all leaves up to
//! then: anyone who keeps one can later check that nothing before it has changed. [`Record`] appends sessions, [`verify()`]
//! recomputes everything, and [`inclusion`](Record::inclusion) and [`consistency`](Record::consistency) prove one leaf
//! or one checkpoint in a few hashes.

mod checkpoint;
mod edge;
mod error;
mod file_digest;
mod key;
mod log;
mod log_name;
mod merkle;
mod note;
pub mod proof;
mod read;
mod record;
mod session;
mod tile;
mod verify;

pub use checkpoint::Checkpoint;
pub use error::RecordError;
pub use file_digest::FileDigest;
pub use key::{SigningKey, VerifierKey};
pub use log_name::LogName;
pub use merkle::Hash;
pub use record::Record;
pub use verify::{Address, Evidence, Finding, Source, Verdict, VerifiedLog, Website, verify, verify_from};

#[cfg(test)]
mod tests;

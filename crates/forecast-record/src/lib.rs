//! The record: two transparency logs over a store, one of forecasts and one of outcomes, that nobody can touch up.
//!
//! Every row that the store keeps is a leaf of a Merkle tree ([`Hash`](struct@Hash), RFC 6962). The tree lies in the store as tiles
//! (C2SP tlog-tiles). Each session ends with a signed [`Checkpoint`] (C2SP tlog-checkpoint), which fixes all leaves up to
//! then: whoever keeps one can tell later that nothing before it has changed. [`Record`] appends sessions, [`verify()`]
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
pub use verify::{Address, Evidence, Finding, SoundLog, Source, Verdict, Website, verify, verify_from};

#[cfg(test)]
mod tests;

//! The contract of a store, in a folder and in a bucket, and that common tools read its files.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod bucket;
mod canonical;
mod contract;
mod folder;
mod market;
mod python;
mod readers;
mod rows;
mod s3;

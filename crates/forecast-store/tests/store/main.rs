//! What a store promises, in a folder and in a bucket, and that common tools read its files as they lie.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod canonical;
mod folder;
mod market;
mod promises;
mod python;
mod readers;
mod rows;
mod s3;

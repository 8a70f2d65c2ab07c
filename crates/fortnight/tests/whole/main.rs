//! The whole of Fortnight in one process on free ports: what a user, an operator and a developer see of it.

mod assistants;
mod failures;
mod helpers;
mod nights;
mod program;
mod record;
mod replay;
mod stocks;
mod terminal;
mod tracing_ids;

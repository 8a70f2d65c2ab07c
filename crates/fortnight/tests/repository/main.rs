//! The repository against what its documents say of it.

mod dependencies;
mod documents;
mod files;
mod settings;

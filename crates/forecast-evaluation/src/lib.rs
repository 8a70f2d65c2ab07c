//! Makes the training set, scores a model against simple baselines, and remakes its past forecasts.
//!
//! - [`tensors`]: writes what the network is trained on, with the service's own feature code.
//! - [`moods`]: reads the files of tweets, news and searches that go with a price file.
//!
//! There is no HTTP here and no clock.

pub mod moods;
pub mod tensors;

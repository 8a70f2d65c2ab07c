//! Makes the training set, and scores a model against simple baselines.
//!
//! - [`tensors`]: writes what the network is trained on, with the service's own feature code.
//! - [`evaluate`]: the score of a model beside the baselines, its calibration, intervals from blocks of dates.
//! - [`sentiments`]: reads the files of tweets, news and searches that go with a price file.
//! - [`reports`]: reads the dates of quarterly reports, as they were known on a day.
//!
//! There is no HTTP here and no clock.

pub mod baselines;
pub mod bootstrap;
pub mod evaluate;
pub mod reports;
pub mod score;
pub mod sentiments;
pub mod tensors;

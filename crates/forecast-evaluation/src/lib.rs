//! Makes the training set, and scores a model against simple baselines.
//!
//! - [`tensors`]: writes what the network is trained on, with the service's own feature code.
//! - [`evaluate`]: the score of a model beside the baselines, its calibration, intervals from blocks of dates.
//! - [`past`]: forecasts of past sessions, for the evaluation and for a replayed record.
//! - [`replay`]: fills a store from past prices, as if forecasts had been recorded at the time.
//! - [`sentiments`]: reads the files of tweets, news and searches that go with a price file.
//! - [`reports`]: reads the dates of quarterly reports, as they were known on a day.
//!
//! There is no HTTP here and no clock.

pub mod evaluate;
pub mod past;
pub mod replay;
pub mod reports;
pub mod sentiments;
pub mod tensors;

//! Makes the training set, scores a model against simple baselines, and remakes its past forecasts.
//!
//! - [`tensors`]: writes what the network is trained on, with the service's own feature code.
//! - [`evaluate`]: the score of a model beside the baselines, its calibration, intervals from blocks of dates.
//! - [`track_record`]: one stock's past forecasts, remade and held against what came.
//! - [`moods`]: reads the files of tweets, news and searches that go with a price file.
//!
//! There is no HTTP here and no clock.

pub mod baselines;
pub mod bootstrap;
pub mod evaluate;
pub mod moods;
pub mod score;
pub mod tensors;
pub mod track_record;

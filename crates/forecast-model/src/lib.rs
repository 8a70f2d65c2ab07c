//! Raw series in, quantiles of the next fourteen sessions out.

//! Symbol in, fourteen sessions of quantiles out.

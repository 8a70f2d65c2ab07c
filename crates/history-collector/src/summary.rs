//! What a run collected, and what is missing and why.

use std::collections::BTreeMap;
use std::fmt;

use feature_sources::SourceError;
use forecast_types::Source;

/// What a run collected, and what is missing and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary(BTreeMap<Source, OfSource>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OfSource {
    stocks: usize,
    rows: usize,
    from_before: usize,
    left_for_later: usize,
    missing: BTreeMap<String, usize>,
}

impl Summary {
    pub(crate) fn collected(&mut self, source: Source, rows: usize) {
        let of_source = self.0.entry(source).or_default();
        of_source.stocks += 1;
        of_source.rows += rows;
    }

    pub(crate) fn kept(&mut self, source: Source) {
        self.0.entry(source).or_default().from_before += 1;
    }

    pub(crate) fn left(&mut self, source: Source) {
        self.0.entry(source).or_default().left_for_later += 1;
    }

    pub(crate) fn failed(&mut self, source: Source, names: &str, error: &SourceError) {
        *self.0.entry(source).or_default().missing.entry(error.reason(names)).or_default() += 1;
    }

    /// Returns how many stocks a source was collected for in this run.
    #[must_use]
    pub fn stocks(&self, source: Source) -> usize {
        self.0.get(&source).map_or(0, |of_source| of_source.stocks)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (source, of_source) in &self.0 {
            write!(f, "{source}: {} stocks, {} rows", of_source.stocks, of_source.rows)?;
            if of_source.from_before > 0 {
                write!(f, "; {} from before", of_source.from_before)?;
            }
            if of_source.left_for_later > 0 {
                write!(f, "; {} left for the next run", of_source.left_for_later)?;
            }
            writeln!(f)?;
            for (reason, stocks) in &of_source.missing {
                writeln!(f, "  missing for {stocks}: {reason}")?;
            }
        }
        Ok(())
    }
}

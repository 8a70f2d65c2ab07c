//! `LOG_LEVEL`: which events are logged.

use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// Which events are logged: one level for everything, and levels for single modules.
#[derive(Clone, Debug, PartialEq)]
pub struct LogFilter(Targets);

/// A text that is no [`LogFilter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected off, error, warn, info, debug or trace, or per-module settings such as info,predict_service=debug"
)]
pub struct InvalidLogFilter;

impl LogFilter {
    /// Logs one level and what is more severe, from every module.
    #[must_use]
    pub fn level(level: LevelFilter) -> Self {
        Self(Targets::new().with_default(level))
    }

    pub(crate) fn targets(&self) -> Targets {
        self.0.clone()
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self::level(LevelFilter::INFO)
    }
}

impl FromStr for LogFilter {
    type Err = InvalidLogFilter;

    /// Reads `info`, `predict_service=debug` or both, with commas between. Modules without a setting log at `info`.
    ///
    /// The parser of `tracing-subscriber` takes a bare word that is no level, such as `warning`, for the name of a
    /// module, and then logs nothing else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut targets = Targets::new().with_default(LevelFilter::INFO);
        for setting in text.split(',').map(str::trim) {
            targets = match setting.split_once('=') {
                None => targets.with_default(level(setting)?),
                Some((module, level_name)) if is_module(module) => {
                    targets.with_target(module, level(level_name)?)
                }
                Some(_) => return Err(InvalidLogFilter),
            };
        }
        Ok(Self(targets))
    }
}

fn level(name: &str) -> Result<LevelFilter, InvalidLogFilter> {
    // The empty word would be read as `error`.
    if name.is_empty() { Err(InvalidLogFilter) } else { name.parse().map_err(|_| InvalidLogFilter) }
}

/// Modules are written as in Rust: `predict_service::cache`, not `predict-service`.
fn is_module(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn levels_apply_to_everything_or_to_one_module() {
        let filter: LogFilter = "warn, predict_service=debug,http=off".parse().unwrap();
        for (module, level, logged) in [
            ("frontend", Level::WARN, true),
            ("frontend", Level::INFO, false),
            ("predict_service::cache", Level::DEBUG, true),
            ("http", Level::ERROR, false),
        ] {
            assert_eq!(filter.0.would_enable(module, &level), logged, "{module} {level}");
        }
        let only_a_module: LogFilter = "hyper=warn".parse().unwrap();
        assert!(only_a_module.0.would_enable("frontend", &Level::INFO));
        assert!("OFF".parse::<LogFilter>().is_ok());
    }

    #[test]
    fn what_would_silence_the_log_by_mistake_is_rejected() {
        for text in [
            "warning",
            "verbose",
            "info;x",
            "",
            "info,",
            "hyper",
            "hyper=",
            "=info",
            "hyper=loud",
            "a=b=c",
            "predict-service=debug",
        ] {
            assert_eq!(text.parse::<LogFilter>(), Err(InvalidLogFilter), "{text:?}");
        }
    }
}

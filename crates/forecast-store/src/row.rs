mod forecast;
mod letters;
mod model;
mod outcome;

pub use forecast::{ForecastRow, ReportAhead};
pub use letters::{SourceLetters, SourceLettersError};
pub use model::{ModelVersion, ModelVersionError};
pub use outcome::{OutcomeRow, OutcomeState, UnknownState};

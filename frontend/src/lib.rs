//! The web page: pick a stock, see its next fourteen sessions.

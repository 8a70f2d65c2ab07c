//! The list of stocks: load, import, search.

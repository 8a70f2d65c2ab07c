//! What every Fortnight service starts with.

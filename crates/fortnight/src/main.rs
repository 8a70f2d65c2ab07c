//! Starts the whole of Fortnight on one machine.

fn main() {}

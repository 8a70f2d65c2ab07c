//! The stand-in market from outside: the whole service on a free port.

mod believable;
mod faults;
mod helpers;
mod providers;
mod replay;
mod reports;
mod sentiments;
mod trends;
mod yahoo;

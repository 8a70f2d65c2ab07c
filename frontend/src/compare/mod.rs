//! Several stocks at once: the comparison page, its picture, and the rows of a watchlist.

pub(crate) mod page;
pub(crate) mod picture;
pub(crate) mod watch;

pub(crate) mod gather;
mod outlook;
pub(crate) mod request;

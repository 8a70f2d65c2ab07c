//! The list of stocks: load it, look a stock up, search it, and import full listings.
//!
//! The best-known stocks come first in the file: where a search finds several, the one nearer the top wins. The crate is pure but for reading and writing files; it knows nothing of HTTP.
//!
//! ```
//! use forecast_types::Symbol;
//! use stock_list::StockList;
//!
//! let list = StockList::read(
//!     "symbol,name,exchange,sector\n\
//!      AAPL,Apple Inc. Common Stock,NASDAQ,Technology\n\
//!      APP,AppLovin Corporation Class A Common Stock,NASDAQ,Technology\n"
//!         .as_bytes(),
//! )?;
//! assert_eq!(list.search("apple", 20)[0].symbol, Symbol::parse("AAPL").unwrap());
//! # Ok::<(), stock_list::StockListError>(())
//! ```

pub mod import;

mod aliases;
mod list;
mod listing;
mod search;
mod text;
mod vocabulary;

pub use list::{Neighbours, Resolution, StockList, StockListError};
pub use listing::{Listing, SecurityKind};

//! Any text a user could give as a symbol: what is accepted is safe in a URL, and parses to itself.
#![no_main]

use forecast_types::Symbol;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(symbol) = Symbol::parse(text) {
        assert!(symbol.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)));
        assert_eq!(Symbol::parse(symbol.as_str()).as_ref(), Ok(&symbol));
    }
});

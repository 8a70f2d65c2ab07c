/// Names people use that the listed name does not contain, as normalised words, with the symbol they mean.
///
/// Kept to names the public uses daily; an alias works only where its symbol stands in the list.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    (" google", "GOOGL"),
    (" google", "GOOG"),
    (" youtube", "GOOGL"),
    (" facebook", "META"),
    (" instagram", "META"),
    (" whatsapp", "META"),
    (" jp morgan", "JPM"),
    (" chase", "JPM"),
    (" coke", "KO"),
    (" cocacola", "KO"),
    (" pepsi", "PEP"),
    (" aws", "AMZN"),
    (" xbox", "MSFT"),
    (" windows", "MSFT"),
    (" iphone", "AAPL"),
    (" geico", "BRK.B"),
    (" tsmc", "TSM"),
    (" square", "XYZ"),
    (" jj", "JNJ"),
    (" exxonmobil", "XOM"),
    (" amex", "AXP"),
    (" raytheon", "RTX"),
    (" budweiser", "BUD"),
    (" snapchat", "SNAP"),
];

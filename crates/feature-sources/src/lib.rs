//! Clients for prices, tweets, news and searches, polite and fault-tolerant.

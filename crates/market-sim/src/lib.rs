//! The stand-in market: the four upstreams over HTTP, simulated or replayed, with faults on demand.

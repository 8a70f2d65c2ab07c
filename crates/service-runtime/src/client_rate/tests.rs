use governor::clock::FakeRelativeClock;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Ten a second, twenty at once.
fn config() -> ClientRateConfig {
    ClientRateConfig {
        client_rate_per_second: 10,
        client_rate_burst: NonZeroU32::new(20).unwrap(),
        ..ClientRateConfig::default()
    }
}

fn limit(most_clients: usize) -> (ClientRate<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (ClientRate::with_clock(config(), most_clients, clock.clone()).unwrap(), clock)
}

fn client(text: &str) -> Network {
    Network::of(text.parse().unwrap())
}

/// The n-th network of a /32: as many addresses as an attacker may want.
fn stranger(n: u32) -> Network {
    Network::V6(0x2001_0db8_0000_0000 | u64::from(n))
}

/// How many of `asked` requests are granted.
fn granted(limit: &ClientRate<FakeRelativeClock>, client: Network, asked: usize) -> usize {
    (0..asked).filter(|_| limit.admit(client).is_ok()).count()
}

#[test]
fn a_client_has_its_burst_then_its_rate_and_shares_neither() {
    let (limit, clock) = limit(100);
    let (greedy, other) = (client("192.0.2.1"), client("192.0.2.2"));

    assert_eq!(granted(&limit, greedy, 50), 20);
    assert_eq!(limit.admit(greedy), Err(Duration::from_millis(100)));
    assert_eq!(granted(&limit, other, 50), 20, "another client has all of its own");

    clock.advance(Duration::from_millis(100));
    assert_eq!(granted(&limit, greedy, 50), 1);
    clock.advance(SECOND);
    assert_eq!(granted(&limit, greedy, 50), 10);
    clock.advance(60 * SECOND);
    assert_eq!(granted(&limit, greedy, 50), 20, "a pause fills up the burst and no more");
}

#[test]
fn addresses_of_one_ipv6_network_share_one_allowance() {
    let (limit, _clock) = limit(100);
    let all = (0..1_000).filter(|n| limit.admit(client(&format!("2001:db8:0:1::{n:x}"))).is_ok()).count();
    assert_eq!(all, 20);
    assert_eq!(limit.limiter.len(), 1);
}

#[test]
fn an_idle_client_is_forgotten_and_a_busy_one_is_not() {
    let (limit, clock) = limit(100);
    let busy = client("192.0.2.1");
    assert_eq!(granted(&limit, busy, 20), 20);
    for n in 0..50 {
        assert!(limit.admit(stranger(n)).is_ok());
    }
    assert_eq!(limit.limiter.len(), 51);

    clock.advance(SECOND);
    // Half of its allowance is back; being forgotten would give it all of it.
    assert_eq!(granted(&limit, busy, 50), 10);
    assert_eq!(limit.limiter.len(), 1);

    clock.advance(10 * SECOND);
    assert!(limit.admit(stranger(0)).is_ok());
    assert_eq!(limit.limiter.len(), 1, "only the newcomer");
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let (limit, _clock) = limit(1_000);
    for n in 0..200_000 {
        // Whether it is refused does not matter here.
        let _ = limit.admit(stranger(n));
        assert!(limit.limiter.len() <= 1_000);
    }
    assert_eq!(limit.limiter.len(), 1_000);
}

#[test]
fn a_flood_from_one_network_beyond_the_table_leaves_others_served() {
    let (limit, clock) = limit(1_000);
    let regular = client("192.0.2.1");
    assert_eq!(granted(&limit, regular, 1), 1);
    for n in 1..1_000 {
        let _ = limit.admit(stranger(n));
    }
    assert_eq!(limit.limiter.len(), 1_000, "the table is full");

    // All of these are in one /48.
    let flood = (10_000..60_000).filter(|&n| limit.admit(stranger(n)).is_ok()).count();
    assert_eq!(flood, 20, "together they get what one client gets");
    assert_eq!(granted(&limit, regular, 50), 19, "who was there before keeps its own");
    let newcomers = (0..200).filter(|n| limit.admit(client(&format!("198.51.{n}.1"))).is_ok()).count();
    assert!(newcomers >= 180, "{newcomers} of 200 visitors from elsewhere got in");

    clock.advance(10 * SECOND);
    assert_eq!(granted(&limit, client("203.0.113.1"), 50), 20, "after the flood there is room again");
    assert_eq!(limit.limiter.len(), 1);
}

#[test]
fn there_is_no_limit_unless_it_is_set() {
    assert!(ClientRate::from_config(ClientRateConfig::default()).is_none());
    assert!(ClientRate::from_config(config()).is_some());
}

#[test]
fn the_highest_rate_works_too() {
    let most = ClientRateConfig {
        client_rate_per_second: u32::MAX,
        client_rate_burst: NonZeroU32::MAX,
        client_address_hops: u8::MAX,
    };
    let limit = ClientRate::with_clock(most, 10, FakeRelativeClock::default()).unwrap();
    assert_eq!(granted(&limit, client("192.0.2.1"), 1_000), 1_000);
}

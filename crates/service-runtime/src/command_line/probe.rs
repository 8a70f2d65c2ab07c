//! `--health-check`: one request to the instance on this machine.

use std::io::{Error, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A ready service answers within about a millisecond.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Returns the address of the instance, as seen from its own machine.
pub(super) fn address(host: Option<IpAddr>, port: u16) -> SocketAddr {
    let host = match host.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) {
        IpAddr::V4(any) if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(any) if any.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        given => given,
    };
    SocketAddr::new(host, port)
}

/// Succeeds if `GET /ready` is answered with 200.
pub(super) fn ask_ready(address: SocketAddr) -> Result<(), Error> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET /ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut head)?;
    if &head == b"HTTP/1.1 200" {
        return Ok(());
    }
    Err(Error::other(format!("GET /ready answered {}", String::from_utf8_lossy(&head))))
}

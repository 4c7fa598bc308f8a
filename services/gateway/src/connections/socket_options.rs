//! Socket options of a connection.

use std::{io, time::Duration};

use rustix::net::sockopt;
use tokio::net::TcpStream;

/// TCP keep-alive: idle time, interval and number of probes.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);
const KEEPALIVE_PROBES: u32 = 4;
/// Send buffer in the kernel. A third of it must be read before progress of a slow reader is visible; a stuck
/// reader uses no more memory than this.
const SEND_BUFFER: usize = 256 * 1024;

/// Disables Nagle's algorithm and detects dead peers; `unacked_timeout` is the maximum time without an
/// acknowledgement.
pub(crate) fn set_options(stream: &TcpStream, unacked_timeout: Duration) -> io::Result<()> {
    // Responses are small and written at once: waiting for more data would only delay them.
    stream.set_nodelay(true)?;
    sockopt::set_tcp_keepidle(stream, KEEPALIVE_IDLE)?;
    sockopt::set_tcp_keepintvl(stream, KEEPALIVE_INTERVAL)?;
    sockopt::set_tcp_keepcnt(stream, KEEPALIVE_PROBES)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER)?;
    let milliseconds = u32::try_from(unacked_timeout.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(stream, milliseconds)?;
    Ok(())
}

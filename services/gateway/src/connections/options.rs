//! Options of a connection's socket.

use std::{io, time::Duration};

use rustix::net::sockopt;
use tokio::net::TcpStream;

/// After how long a silence the other side is asked whether it is still there, how often after that, and how many times.
const PROBE_AFTER: Duration = Duration::from_mins(1);
const PROBE_EVERY: Duration = Duration::from_secs(15);
const PROBES: u32 = 4;
/// How much of an answer the kernel holds. A third of it has to be taken before we see that a slow reader takes anything; and who takes
/// nothing at all costs no more memory than this.
const SEND_BUFFER: usize = 256 * 1024;

/// Has small answers sent at once, and finds out when the client's machine has gone without a word: `unanswered` is how long what was
/// sent may stay unanswered.
pub(crate) fn set_options(stream: &TcpStream, unanswered: Duration) -> io::Result<()> {
    // Answers are small and written whole: waiting for more to send would only delay them.
    stream.set_nodelay(true)?;
    sockopt::set_tcp_keepidle(stream, PROBE_AFTER)?;
    sockopt::set_tcp_keepintvl(stream, PROBE_EVERY)?;
    sockopt::set_tcp_keepcnt(stream, PROBES)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER)?;
    let milliseconds = u32::try_from(unanswered.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(stream, milliseconds)?;
    Ok(())
}

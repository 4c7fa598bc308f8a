//! HTTP client with minimal CPU use, since it shares the cores with the measured server.
//!
//! One persistent connection with one request at a time. It parses only the length of a response. It is made
//! for this server, which always sends one, and for no other.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect to the server")?;
        stream.set_nodelay(true).context("cannot set up a connection")?;
        Ok(Self { stream, read: Vec::with_capacity(1024) })
    }

    /// Sends a request and reads the whole response. After an error the connection is unusable.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>, String> {
        let broken = |error: std::io::Error| format!("a connection broke: {error}");
        self.read.clear();
        self.stream.write_all(request).await.map_err(broken)?;
        loop {
            if self.stream.read_buf(&mut self.read).await.map_err(broken)? == 0 {
                return Err("the server hung up".to_owned());
            }
            if let Some(end) = end_of_answer(&self.read)? {
                return Ok(Answer { status: end.status, body: &self.read[end.head..end.head + end.body] });
            }
        }
    }
}

/// A request as bytes, to be sent repeatedly.
pub(super) fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Address of a server from its URL, such as `http://127.0.0.1:8080`.
pub(super) fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let place = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    let found = std::net::ToSocketAddrs::to_socket_addrs(place).map(|mut all| all.next());
    found
        .ok()
        .flatten()
        .with_context(|| format!("{url} is no address of a server; give one such as http://127.0.0.1:8080"))
}

#[derive(Debug, PartialEq, Eq)]
struct End {
    status: u16,
    head: usize,
    body: usize,
}

/// The parts of a complete response.
fn end_of_answer(bytes: &[u8]) -> Result<Option<End>, String> {
    let Some(blank) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let strange = || "an answer that is not understood".to_owned();
    let head = std::str::from_utf8(&bytes[..blank]).map_err(|_| strange())?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(strange)?;
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body = length.and_then(|(_, length)| length.trim().parse().ok()).ok_or_else(strange)?;
    let end = End { status, head: blank + 4, body };
    Ok((bytes.len() >= end.head + end.body).then_some(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let whole = b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        for part in 0..whole.len() {
            assert_eq!(end_of_answer(&whole[..part]), Ok(None), "{part}");
        }
        assert_eq!(end_of_answer(whole), Ok(Some(End { status: 202, head: whole.len() - 2, body: 2 })));
    }

    #[test]
    fn what_is_no_answer_with_a_length_is_an_error() {
        for strange in ["hello\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"] {
            end_of_answer(strange.as_bytes()).expect_err(strange);
        }
    }

    #[test]
    fn an_address_may_end_in_a_slash() {
        assert_eq!(address("http://127.0.0.1:80/").ok(), Some(SocketAddr::from(([127, 0, 0, 1], 80))));
        let error = address("https://nowhere").expect_err("no port").to_string();
        assert!(error.contains("such as http://"), "{error}");
    }
}

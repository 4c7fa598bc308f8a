//! Fault proxy: TCP proxy in front of a server that can delay, stall, drop and cut connections.
//!
//! It does not interpret the data. Faults apply to open and to new connections.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// Size of a forwarded piece.
const PIECE: usize = 16 * 1024;
/// Backlog of the listener.
const BACKLOG: u32 = 128;

/// A proxy in front of a server. It keeps its port reserved while nothing listens there. All connections are reset when this
/// is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    at: SocketAddr,
    network: watch::Sender<Network>,
    /// Bound and never listening, to reserve the port.
    _port: TcpSocket,
    /// `None` while new connections are refused.
    door: Option<JoinHandle<()>>,
}

/// Direction of data through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From clients to the server.
    ToServer,
    /// From the server to clients.
    ToClient,
    /// Both directions.
    Both,
}

/// Treatment of data in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Passes,
    /// Data is held back, and forwarded when the fault is over.
    Stalls,
    /// Data is discarded, and the connection is reset when the fault is over.
    Vanishes,
}

/// State of the network.
#[derive(Debug, Clone)]
struct Network {
    server: SocketAddr,
    delay: Duration,
    to_server: Flow,
    to_client: Flow,
    /// Number of times that all connections were reset.
    disconnections: u64,
}

impl FaultProxy {
    /// A proxy in front of the server at this address, up or not, on a free port. Initially without faults.
    pub fn in_front_of(server: SocketAddr) -> Self {
        let network = Network {
            server,
            delay: Duration::ZERO,
            to_server: Flow::Passes,
            to_client: Flow::Passes,
            disconnections: 0,
        };
        let port = bind_reusable_socket(SocketAddr::from(([127, 0, 0, 1], 0)));
        let at = port.local_addr().expect("an address");
        let mut proxy = Self { at, network: watch::Sender::new(network), _port: port, door: None };
        proxy.open();
        proxy
    }

    /// Address for clients.
    pub const fn address(&self) -> SocketAddr {
        self.at
    }

    /// The port of [`FaultProxy::address`].
    pub const fn port(&self) -> u16 {
        self.at.port()
    }

    /// Forwards new connections to another server.
    pub fn set_upstream(&self, server: SocketAddr) {
        self.network.send_modify(|network| network.server = server);
    }

    /// Delays every piece by this time, in each direction, before the next is read.
    pub fn delay(&self, by: Duration) {
        self.network.send_modify(|network| network.delay = by);
    }

    /// Resets all connections; new ones are accepted.
    pub fn cut(&self) {
        self.network.send_modify(|network| network.disconnections += 1);
    }

    /// Refuses new connections, as a machine without a listener does; open ones continue.
    pub async fn refuse(&mut self) {
        if let Some(door) = self.door.take() {
            door.abort();
            let _aborted = door.await;
        }
    }

    /// Stops forwarding while connections stay open, as in a network partition: data is held back and arrives when the
    /// partition ends.
    pub fn stall(&self, way: Direction) {
        self.network.send_modify(|network| network.set(way, Flow::Stalls));
    }

    /// Discards data while connections stay open, as with a peer that disappeared without a reset. A connection that has
    /// lost data is reset when the fault is over, because it cannot continue.
    pub fn drop_bytes(&self, way: Direction) {
        self.network.send_modify(|network| network.set(way, Flow::Vanishes));
    }

    /// Ends all faults.
    pub fn heal(&mut self) {
        self.network.send_modify(|network| {
            network.delay = Duration::ZERO;
            network.set(Direction::Both, Flow::Passes);
        });
        self.open();
    }

    fn open(&mut self) {
        if self.door.is_none() {
            let listener = bind_reusable_socket(self.at).listen(BACKLOG).expect("the port is ours");
            self.door = Some(tokio::spawn(let_in(listener, self.network.subscribe())));
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(door) = &self.door {
            door.abort();
        }
    }
}

impl Network {
    fn set(&mut self, way: Direction, flow: Flow) {
        if way != Direction::ToClient {
            self.to_server = flow;
        }
        if way != Direction::ToServer {
            self.to_client = flow;
        }
    }

    fn flow(&self, way: Direction) -> Flow {
        if way == Direction::ToServer { self.to_server } else { self.to_client }
    }
}

/// A socket that shares this port with another one; only one of them listens.
fn bind_reusable_socket(at: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option of every socket");
    socket.bind(at).expect("a port");
    socket
}

async fn let_in(listener: TcpListener, network: watch::Receiver<Network>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(connect(client, network.clone()));
    }
}

/// Serves one connection to its end.
async fn connect(mut client: TcpStream, network: watch::Receiver<Network>) {
    let (address, cuts) = {
        let now = network.borrow();
        (now.server, now.disconnections)
    };
    let mut server = TcpStream::connect(address).await.ok();
    let mut here = network.clone();
    let ended = match &mut server {
        Some(server) => tokio::select! {
            ended = pass_on(&mut client, server, &network) => ended,
            // Reset by a fault, or the proxy was dropped.
            _ = here.wait_for(|now| now.disconnections != cuts) => Err(reset()),
        },
        None => Err(reset()),
    };
    if ended.is_err() {
        for stream in [Some(client), server].into_iter().flatten() {
            // A connection dropped like this is reset. If the option cannot be set, it is reset already.
            let _reset = stream.set_zero_linger();
        }
    }
}

/// Returns when both sides have closed.
async fn pass_on(
    client: &mut TcpStream,
    server: &mut TcpStream,
    network: &watch::Receiver<Network>,
) -> io::Result<()> {
    // All delays here are intentional.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::try_join!(
        pump(from_client, to_server, network.clone(), Direction::ToServer),
        pump(from_server, to_client, network.clone(), Direction::ToClient),
    )?;
    Ok(())
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut network: watch::Receiver<Network>,
    way: Direction,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        // Data that arrived meanwhile has the same treatment.
        let now = network.wait_for(|now| now.flow(way) != Flow::Stalls).await.map_err(|_| reset())?.clone();
        if now.flow(way) == Flow::Vanishes {
            return discard_input(from, network, way).await;
        }
        sleep(now.delay).await;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&piece[..length]).await?;
    }
}

/// Discards all data until the fault is over, which ends this connection.
async fn discard_input(
    mut from: impl AsyncRead + Unpin,
    mut network: watch::Receiver<Network>,
    way: Direction,
) -> io::Result<()> {
    let well = network.wait_for(|now| now.flow(way) != Flow::Vanishes);
    let swallow = async {
        tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
        // The end of one side is not forwarded either.
        std::future::pending::<io::Result<()>>().await
    };
    tokio::select! {
        _ = well => Err(reset()),
        failed = swallow => failed,
    }
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    /// Timeout for expected events.
    const SOON: Duration = Duration::from_secs(10);
    /// Waiting time to see that nothing happens.
    const A_WHILE: Duration = Duration::from_millis(100);

    /// An echo server that first sends a letter of its own.
    async fn echo(name: u8) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    stream.write_all(&[name]).await?;
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        at
    }

    async fn read_reply(stream: &mut TcpStream, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        timeout(SOON, stream.read_exact(&mut bytes)).await.expect("in time").expect("bytes");
        bytes
    }

    async fn is_silent(stream: &mut TcpStream) {
        let read = timeout(A_WHILE, stream.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
    }

    async fn is_reset(stream: &mut TcpStream) {
        let read = timeout(SOON, stream.read_u8()).await.expect("in time");
        assert_eq!(read.expect_err("an end").kind(), io::ErrorKind::ConnectionReset);
    }

    /// A proxy in front of a server called `a`, and a connection that has received its greeting.
    async fn connect_through_proxy() -> (FaultProxy, TcpStream) {
        let proxy = FaultProxy::in_front_of(echo(b'a').await);
        let mut stream = TcpStream::connect(proxy.address()).await.expect("a connection");
        assert_eq!(read_reply(&mut stream, 1).await, b"a");
        (proxy, stream)
    }

    #[tokio::test]
    async fn what_is_said_arrives_both_ways_and_so_does_the_end() {
        let (_proxy, mut stream) = connect_through_proxy().await;
        let much = vec![7; 5 * PIECE];
        stream.write_all(&much).await.expect("it is taken");
        stream.shutdown().await.expect("it can be closed one way");
        let mut back = Vec::new();
        timeout(SOON, stream.read_to_end(&mut back)).await.expect("in time").expect("an orderly end");
        assert_eq!(back, much);
    }

    #[tokio::test]
    async fn a_cut_resets_open_connections_and_accepts_new_ones() {
        let (proxy, mut stream) = connect_through_proxy().await;
        proxy.cut();
        is_reset(&mut stream).await;
        let mut stream = TcpStream::connect(proxy.address()).await.expect("a connection");
        assert_eq!(read_reply(&mut stream, 1).await, b"a");
    }

    #[tokio::test]
    async fn new_connections_are_refused_until_it_heals_and_open_ones_go_on() {
        let (mut proxy, mut stream) = connect_through_proxy().await;
        proxy.refuse().await;
        let refused = TcpStream::connect(proxy.address()).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        stream.write_all(b"x").await.expect("it is taken");
        assert_eq!(read_reply(&mut stream, 1).await, b"x");
        proxy.heal();
        let mut stream = TcpStream::connect(proxy.address()).await.expect("a connection");
        assert_eq!(read_reply(&mut stream, 1).await, b"a");
    }

    #[tokio::test]
    async fn what_is_stalled_arrives_when_it_heals() {
        for way in [Direction::ToServer, Direction::ToClient, Direction::Both] {
            let (mut proxy, mut stream) = connect_through_proxy().await;
            proxy.stall(way);
            stream.write_all(b"x").await.expect("it is taken");
            is_silent(&mut stream).await;
            let mut new = TcpStream::connect(proxy.address()).await.expect("a connection");
            if way == Direction::ToServer {
                assert_eq!(read_reply(&mut new, 1).await, b"a", "the other way is open");
            } else {
                is_silent(&mut new).await;
            }
            proxy.heal();
            stream.write_all(b"y").await.expect("it is taken");
            assert_eq!(read_reply(&mut stream, 2).await, b"xy", "{way:?}");
        }
    }

    #[tokio::test]
    async fn what_is_swallowed_is_gone_and_the_connection_with_it() {
        for way in [Direction::ToServer, Direction::ToClient, Direction::Both] {
            let (mut proxy, mut stream) = connect_through_proxy().await;
            proxy.drop_bytes(way);
            stream.write_all(b"x").await.expect("it is taken");
            is_silent(&mut stream).await;
            proxy.heal();
            is_reset(&mut stream).await;
        }
    }

    #[tokio::test]
    async fn a_connection_that_has_lost_nothing_outlives_a_network_that_swallows() {
        let (mut proxy, mut stream) = connect_through_proxy().await;
        proxy.drop_bytes(Direction::Both);
        is_silent(&mut stream).await;
        proxy.heal();
        stream.write_all(b"x").await.expect("it is taken");
        assert_eq!(read_reply(&mut stream, 1).await, b"x");
    }

    #[tokio::test]
    async fn every_piece_is_held_back_both_ways() {
        let (mut proxy, mut stream) = connect_through_proxy().await;
        proxy.delay(A_WHILE);
        let began = Instant::now();
        stream.write_all(b"x").await.expect("it is taken");
        assert_eq!(read_reply(&mut stream, 1).await, b"x");
        assert!(began.elapsed() >= 2 * A_WHILE, "{:?}", began.elapsed());
        proxy.heal();
        stream.write_all(b"y").await.expect("it is taken");
        assert_eq!(read_reply(&mut stream, 1).await, b"y");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_resets_and_another_one_can_take_its_place() {
        let nobody = bind_reusable_socket(SocketAddr::from(([127, 0, 0, 1], 0)));
        let proxy = FaultProxy::in_front_of(nobody.local_addr().expect("an address"));
        is_reset(&mut TcpStream::connect(proxy.address()).await.expect("a connection")).await;
        proxy.set_upstream(echo(b'b').await);
        let mut stream = TcpStream::connect(proxy.address()).await.expect("a connection");
        assert_eq!(read_reply(&mut stream, 1).await, b"b");
    }

    #[tokio::test]
    async fn without_the_proxy_connections_end() {
        let (proxy, mut stream) = connect_through_proxy().await;
        drop(proxy);
        is_reset(&mut stream).await;
    }
}

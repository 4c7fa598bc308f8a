//! Tunnel: copies bytes of an upgraded connection in both directions until one side closes.

use axum::{body::Body, response::Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

use super::server_slot::ServerSlot;

/// Starts the tunnel after the upgrade of both sides; holds the server's slot until its end.
pub(super) fn open(client: Option<OnUpgrade>, answer: &mut Response<Body>, slot: ServerSlot) {
    let Some(client) = client else { return };
    let server = hyper::upgrade::on(answer);
    tokio::spawn(async move {
        let ended = slot.shared.forwarding.cancelled();
        let (Ok(client), Ok(server)) = (client.await, server.await) else {
            tracing::debug!(server = %slot.address(), "a connection was to go over to another protocol, and did not");
            return;
        };
        let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
        // In any case both sides see the end.
        let _copied = ended.run_until_cancelled(copy_bidirectional(&mut client, &mut server)).await;
    });
}

//! A connection that has gone over to another protocol: what one side says is passed to the other, until either is gone.

use axum::{body::Body, response::Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

use super::Place;

/// Passes on what both say once both have gone over; the place at the server is held as long.
pub(super) fn open(client: Option<OnUpgrade>, answer: &mut Response<Body>, place: Place) {
    let Some(client) = client else { return };
    let server = hyper::upgrade::on(answer);
    tokio::spawn(async move {
        let ended = place.shared.passage.ended();
        let (Ok(client), Ok(server)) = (client.await, server.await) else {
            tracing::debug!(server = %place.address(), "a connection was to go over to another protocol, and did not");
            return;
        };
        let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
        // However it ends: both sides see that the other is gone.
        let _said = ended.run_until_cancelled(copy_bidirectional(&mut client, &mut server)).await;
    });
}

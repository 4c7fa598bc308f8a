//! Stop signals: SIGTERM and SIGINT.

use tokio::signal::unix::{SignalKind, signal};

/// Returns at the first SIGTERM or SIGINT. A second one ends the process at once; nothing that was acknowledged is lost by
/// that.
///
/// # Errors
///
/// If signals cannot be waited for.
pub async fn wait_for_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("told to stop again: stopping now");
        std::process::exit(130);
    });
    Ok(())
}

//! Route `GET /api/execution/queue/stats`: lengths of the queues and load shedding.

use axum::extract::State;
use wire::{Json, LoadShedding, QueueBody};

use crate::{ApiError, Execution};

/// Queue statistics.
///
/// How many jobs wait and run, by pool and priority, and what serves them. Numbers only: nothing of anybody's job.
#[utoipa::path(
    get, path = "/api/execution/queue/stats", tag = "Running code", operation_id = "queueStats",
    responses(
        (status = 200, description = "The queues at this moment.", body = QueueBody),
    )
)]
pub(super) async fn stats(State(execution): State<Execution>) -> Result<Json<QueueBody>, ApiError> {
    let stats = execution.broker().stats().await?;
    let shedding = match execution.admission().observe(&stats) {
        traffic::ShedLevel::None => LoadShedding::None,
        traffic::ShedLevel::Low => LoadShedding::Low,
        traffic::ShedLevel::Normal => LoadShedding::Normal,
    };
    Ok(Json(QueueBody { shedding, ..QueueBody::from(&stats) }))
}

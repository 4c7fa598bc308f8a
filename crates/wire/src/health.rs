//! Health: liveness and readiness of the server.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Liveness: the process responds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthBody {
    /// Always `ok`.
    pub status: HealthStatus,
    /// The version of Code Runner.
    #[schema(example = "0.1.0")]
    pub version: String,
}

/// The status of a live process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// The process is alive.
    Ok,
}

/// Readiness: the server accepts requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadinessBody {
    /// Always `ready`; a server that is not ready responds with status 503 and a problem with the reason.
    pub status: ReadinessStatus,
    /// Degraded features of this installation.
    pub notes: Vec<String>,
}

/// The status of a ready server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadinessStatus {
    /// The server accepts requests.
    Ready,
}

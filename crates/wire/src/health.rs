//! Whether the server lives, and whether it can serve.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The process answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Always `ok`: a process that is not answers nothing.
    pub status: HealthStatus,
    /// The version of Code Runner.
    #[schema(example = "0.1.0")]
    pub version: String,
}

/// The one thing that a living process says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It lives.
    Ok,
}

/// The process takes work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// Always `ready`; a server that is not answers 503 with a problem that says why.
    pub status: ReadyStatus,
    /// What works less well than it could on this installation.
    pub notes: Vec<String>,
}

/// The one thing that a ready server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadyStatus {
    /// It takes work.
    Ready,
}

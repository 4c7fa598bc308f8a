//! Shared programs: bodies of sharing and of reading what was shared.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::FileBody;

/// A program to share: what is needed to show and run it elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"language": "python", "code": "print(input())", "stdin": "hi\n"}))]
pub struct ShareBody {
    /// Id or alias of a language; `GET /api/languages` lists them.
    #[schema(example = "python", min_length = 1)]
    pub language: String,
    /// The program, as one file. This or `files` is required.
    #[schema(example = "print(input())", min_length = 1)]
    pub code: Option<String>,
    /// The program as files; the first is the main one. Together with `code`, these are additional files.
    pub files: Option<Vec<FileBody>>,
    /// Standard input, as text.
    #[schema(example = "hi\n")]
    pub stdin: Option<String>,
}

/// A program that has been shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareCreatedBody {
    /// The key of the share. Anybody who has it can read the program.
    #[schema(example = "4fXk2sQe7Lb9VwTz1YpRc8")]
    pub key: String,
    /// The address of its page on this server.
    #[schema(example = "/s/4fXk2sQe7Lb9VwTz1YpRc8")]
    pub url: String,
    /// The time until which it can be read.
    #[schema(format = DateTime, example = "2026-03-31T09:30:00.250Z")]
    pub expires_at: String,
}

/// A shared program, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedProgramBody {
    /// Id of its language.
    #[schema(example = "python")]
    pub language: String,
    /// The program, if it was sent as one file.
    pub code: Option<String>,
    /// Its files, or its additional files if there is `code`.
    pub files: Vec<FileBody>,
    /// Standard input.
    pub stdin: Option<String>,
    /// The time at which it was shared.
    #[schema(format = DateTime, example = "2026-03-01T09:30:00.250Z")]
    pub created_at: String,
    /// The time until which it can be read.
    #[schema(format = DateTime, example = "2026-03-31T09:30:00.250Z")]
    pub expires_at: String,
}

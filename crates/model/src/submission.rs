//! Submission: a program with its files, input, options and limits.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Content, Digest, LanguageId, LanguageOptions, Limits, Network, VersionRequirement};

/// A program with its options, input and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Its language.
    pub language: LanguageId,
    /// Required versions of the toolchain; any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionRequirement>,
    /// Chosen options of its language, such as a standard or an optimization level.
    #[serde(default, skip_serializing_if = "LanguageOptions::is_empty")]
    pub options: LanguageOptions,
    /// Its files; the first is the main one.
    pub files: Vec<SourceFile>,
    /// Its standard input.
    pub stdin: Content,
    /// Its command-line arguments, program name excluded.
    pub args: Vec<String>,
    /// The limits in force, already the smallest of request, plan and profile.
    pub limits: Limits,
    /// The requested network; if absent, derived from its sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Whether the files that it writes are kept.
    pub artifacts: bool,
    /// Content that is stored as separate objects of the job, and so is empty here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub large: Vec<LargeContent>,
}

impl Submission {
    /// A program without input, arguments, options and artifacts.
    pub fn new(language: LanguageId, files: Vec<SourceFile>, limits: Limits) -> Self {
        Self {
            language,
            version: None,
            options: LanguageOptions::default(),
            files,
            stdin: Content::default(),
            args: Vec::new(),
            limits,
            network: None,
            artifacts: false,
            large: Vec::new(),
        }
    }
}

/// One file of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path below the work folder, validated on acceptance by [`FileNameLimits`](crate::FileNameLimits).
    pub name: String,
    /// Its bytes.
    pub content: Content,
}

/// Content of a submission that is stored as an object of its job; the submission itself has empty content there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeContent {
    /// The part of the submission that it belongs to.
    #[serde(rename = "place")]
    pub part: SubmissionPart,
    /// Its digest.
    pub digest: Digest,
    /// Its size.
    pub size: Bytes,
}

/// A part of a submission that has content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubmissionPart {
    /// Standard input.
    Stdin,
    /// The file with this index, from 0.
    File(usize),
}

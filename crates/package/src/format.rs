//! Formats of packages: lessons and the versions of the Kattis format.

/// The format that a package is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lesson, our own format.
    Lesson,
    /// Kattis, before it had versions.
    Legacy,
    /// Subset for ICPC contests.
    LegacyIcpc,
    /// The draft that became 2025-09, as far as it is the same.
    Draft2023,
    /// Kattis and ICPC since September 2025.
    V2025,
}

impl Format {
    /// Whether it is ours.
    pub fn is_lesson(self) -> bool {
        self == Self::Lesson
    }

    /// The name of the format, as authors of packages know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Legacy => "legacy",
            Self::LegacyIcpc => "legacy-icpc",
            Self::Draft2023 => "2023-07-draft",
            Self::V2025 => "2025-09",
        }
    }

    /// Whether it is one of the two that have `testdata.yaml` and graders.
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::Legacy | Self::LegacyIcpc)
    }
}

//! Version buckets: tickets grouped by accepted versions, bounded by the number of toolchains and not by the
//! requirements that clients write.
//!
//! A version requirement is free text of a client, and endlessly many texts mean the same. A ticket is
//! therefore put in the bucket from the first to the last offered version that its requirement accepts.
//! Requirements accept consecutive versions, so a worker with any version between the two can run every ticket
//! in the bucket. With `n` offered versions there are at most `n(n+1)/2` buckets, and one for tickets that no
//! worker can run. When a new version is offered, waiting tickets are regrouped.

use model::{ToolchainInfo, VersionNumbers, VersionRequirement};

use crate::Ticket;

/// The bucket of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum VersionBucket {
    /// Every version is accepted.
    Any,
    /// Both versions and all versions between them are accepted.
    Between {
        /// The first accepted version that is offered.
        first: VersionNumbers,
        /// The last accepted version that is offered.
        last: VersionNumbers,
    },
    /// No offered version is accepted.
    NoneOffered,
}

impl VersionBucket {
    /// The bucket of a ticket, given the offered versions of its language.
    pub(crate) fn of<'a>(ticket: &Ticket, offered: impl IntoIterator<Item = &'a VersionNumbers>) -> Self {
        let Some(version_requirement) = version_requirement(ticket) else { return Self::Any };
        let range = version_requirement.range();
        let mut fitting = offered.into_iter().copied().filter(|version| range.contains(*version));
        let Some(one) = fitting.next() else { return Self::NoneOffered };
        let (first, last) =
            fitting.fold((one, one), |(first, last), version| (first.min(version), last.max(version)));
        Self::Between { first, last }
    }

    /// Whether a toolchain can run every ticket in the bucket.
    pub(crate) fn accepts(&self, offer: &ToolchainInfo) -> bool {
        match self {
            Self::Any => true,
            Self::Between { first, last } => {
                offer.version_numbers().is_some_and(|version| (*first..=*last).contains(&version))
            }
            Self::NoneOffered => false,
        }
    }
}

/// The version requirement of a ticket, if it has a restrictive one.
pub(crate) fn version_requirement(ticket: &Ticket) -> Option<&VersionRequirement> {
    ticket.version.as_ref().filter(|version_requirement| !version_requirement.is_any())
}

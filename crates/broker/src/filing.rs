//! Versions under which a ticket waits: bounded by the toolchains that workers have, whatever clients write.
//!
//! A requirement is a client's own text, and there are endlessly many that mean the same. So a ticket is filed by the versions
//! that workers offer of its language: from the first that will do to the last. Requirements take consecutive versions, so
//! whoever has a version in between can run whatever is filed there. With `n` versions offered there are at most `n(n+1)/2`
//! places, and one for what no worker can run. When a version is offered that none was before, what waits is filed anew.

use model::{ToolchainInfo, VersionNumbers, VersionRequirement};

use crate::Ticket;

/// Under which versions a ticket waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Filing {
    /// Any version will do.
    Any,
    /// These will, and all in between.
    Between {
        /// The first that is offered.
        first: VersionNumbers,
        /// The last that is.
        last: VersionNumbers,
    },
    /// None that is offered will.
    Unoffered,
}

impl Filing {
    /// Where a ticket is filed while these versions of its language are offered.
    pub(crate) fn of<'a>(ticket: &Ticket, offered: impl IntoIterator<Item = &'a VersionNumbers>) -> Self {
        let Some(wanted) = wanted(ticket) else { return Self::Any };
        let range = wanted.range();
        let mut fitting = offered.into_iter().copied().filter(|version| range.contains(*version));
        let Some(one) = fitting.next() else { return Self::Unoffered };
        let (first, last) =
            fitting.fold((one, one), |(first, last), version| (first.min(version), last.max(version)));
        Self::Between { first, last }
    }

    /// Whether a toolchain will do for whatever is filed there.
    pub(crate) fn is_met_by(&self, offer: &ToolchainInfo) -> bool {
        match self {
            Self::Any => true,
            Self::Between { first, last } => {
                offer.version_numbers().is_some_and(|version| (*first..=*last).contains(&version))
            }
            Self::Unoffered => false,
        }
    }
}

/// What a ticket requires of a version, if it does not take any.
pub(crate) fn wanted(ticket: &Ticket) -> Option<&VersionRequirement> {
    ticket.version.as_ref().filter(|wanted| !wanted.is_any())
}

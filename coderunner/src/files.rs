//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit to the most that we may have: each client is a file, and the usual limit of 1024 is there for programs that
/// know no larger numbers. Sandboxes have a limit of their own.
pub(crate) fn allow_many() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// How many this process may have open now.
pub(crate) fn most_open() -> usize {
    let most = getrlimit(Resource::Nofile).current;
    most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_as_we_may_have_can_be_open() {
        let few = Rlimit { current: Some(64), ..getrlimit(Resource::Nofile) };
        setrlimit(Resource::Nofile, few).expect("fewer are always allowed");
        allow_many();
        assert_eq!(getrlimit(Resource::Nofile).current, few.maximum);
        assert_eq!(Some(most_open() as u64), few.maximum);
    }
}

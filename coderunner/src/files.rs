//! The files of this process: how many may be open, and who else may read those that it makes.

use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, getrlimit, setrlimit, umask},
};

/// Raises the limit to the most that we may have: each client is a file, and the usual limit of 1024 is there for programs that
/// know no larger numbers. Sandboxes have a limit of their own.
pub fn allow_many() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Keeps what this process makes from now on to its own user, whatever the caller's mask. Sandboxes have a mask of their own.
pub(crate) fn keep_private() {
    umask(Mode::RWXG | Mode::RWXO);
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

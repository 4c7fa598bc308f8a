//! Properties of everything that comes out of a sandbox, for arbitrary input. Called by `fuzz/targets` and by the test below.
//!
//! An input is one datagram. It goes through a real connection, because truncation and trailing bytes are part of decoding.

use std::fmt::Debug;

use kernel::{Channel, KernelError, Step, sealed_memfd, socket_pair};
use model::{Bytes, Ending, Limits};
use rustix::{
    io::{Errno, write},
    net::{RecvFlags, SendFlags, recv, send},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    collect::{Collect, CollectedFiles, FileSelection, Listing, is_plain_path},
    ending::ending,
    init::read_hook,
    protocol::{InitRequest, InitResponse, LauncherRequest, LauncherResponse, LauncherSetup, RunFacts},
};

/// Messages of an init, a launcher or a waiting runtime under a guest's control.
///
/// # Panics
/// When something does not hold.
pub fn messages(datagram: &[u8]) {
    let Some(note) = read_back::<InitResponse>(datagram) else { return };
    read_back::<LauncherRequest>(datagram);
    read_back::<InitRequest>(datagram);
    read_back::<LauncherSetup>(datagram);
    if let Ok(InitResponse::Collected(listing)) = note {
        check_listing(&listing);
    }
    if let Some(Ok(LauncherResponse::Ended(facts))) = read_back::<LauncherResponse>(datagram) {
        check_ending(&facts);
    }
    check_hook_output(datagram);
}

/// Decodes the datagram, and checks that encoding the result gives the same datagram or a shorter one. `None` for an invalid
/// datagram.
fn read_back<M: Serialize + DeserializeOwned + Debug>(datagram: &[u8]) -> Option<Result<M, KernelError>> {
    let (ours, theirs) = Channel::pair().expect("a pair");
    match send(&theirs, datagram, SendFlags::NOSIGNAL) {
        Ok(_) if !datagram.is_empty() => {}
        Ok(_) | Err(Errno::MSGSIZE | Errno::NOBUFS) => return None,
        Err(errno) => panic!("cannot be sent: {errno}"),
    }
    let read = match ours.receive::<M>() {
        Ok(read) => Ok(read.expect("a message, for the other end is open").0),
        Err(error) => {
            assert_eq!(error.step, Step::DecodeMessage);
            Err(error)
        }
    };
    if let Ok(message) = &read {
        assert!(datagram.len() <= kernel::MAX_MESSAGE, "was cut off and believed: {message:?}");
        ours.send(message, &[]).expect("what was read can be sent");
        let mut again = vec![0; kernel::MAX_MESSAGE];
        let (length, _) = recv(&theirs, &mut again, RecvFlags::empty()).expect("was sent");
        // Numbers can be written longer than need be, and times too, which have a byte of play.
        assert!(length <= datagram.len() + 1, "{message:?} is more than the {} bytes sent", datagram.len());
    }
    Some(read)
}

/// A list of files is believed only where it is within what was asked for.
fn check_listing(listing: &Listing) {
    let request = Collect {
        selection: FileSelection::Changed,
        max_files: 4,
        max_file_bytes: Bytes(8),
        max_total_bytes: Bytes(16),
        max_depth: 2,
    };
    let content = *b"0123456789abcdef";
    let bytes = sealed_memfd([content.as_slice()]).expect("bytes");
    let Ok(CollectedFiles { files, skipped: left_out, .. }) =
        listing.clone().validate(&request).and_then(|it| it.read(&bytes))
    else {
        return;
    };
    let together: Vec<u8> = files.iter().flat_map(|file| file.content.clone()).collect();
    assert!(files.len() <= 4 && files.iter().all(|file| file.content.len() <= 8), "{files:?}");
    assert!(content.starts_with(&together), "{files:?}");
    let names = files.iter().map(|file| &file.name).chain(left_out.iter().map(|one| &one.name));
    names.for_each(|name| assert!(is_plain_path(name), "{name:?}"));
    let mut names: Vec<_> = files.iter().map(|file| &file.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), files.len(), "a name comes twice: {files:?}");
}

/// For all facts the run has an ending, and a reached limit is never an ordinary end.
fn check_ending(facts: &RunFacts) {
    let ending = ending(facts, &Limits::STUDENT, None);
    let met = facts.out_of_memory || facts.fork_refused || facts.stopped_for.is_some();
    let ordinary = matches!(ending, Ending::Exited(_) | Ending::Signalled(_));
    assert!(!ordinary || !met || facts.stopped_for == Some(crate::protocol::StopCause::Asked), "{facts:?}");
}

/// Output of a waiting runtime on its hook: at most the expected amount, or an error.
fn check_hook_output(said: &[u8]) {
    let (ours, its) = socket_pair().expect("a pair");
    let said = &said[..said.len().min(64)];
    assert_eq!(write(&its, said), Ok(said.len()));
    drop(its);
    let mut told = [0; 5];
    let heard = read_hook(&ours, &mut told);
    assert_eq!(heard.is_ok(), said.len() >= told.len());
    assert!(heard.is_err() || said.starts_with(&told));
}

#[cfg(test)]
mod tests {
    #[test]
    fn whatever_comes_out_of_a_sandbox_is_read_as_it_is_or_refused() {
        fuzzkit::try_corpus_and_mutations("messages", super::messages);
    }
}

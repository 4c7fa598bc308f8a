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
    collect::{Collect, Collected, FileSelection, Listing, is_plain_path},
    ending::ending,
    init::read_hook,
    protocol::{InitRequest, InitResponse, LauncherRequest, LauncherResponse, LauncherSetup, RunFacts},
};

/// Whatever a guest may make an init, a launcher or a waiting runtime send.
///
/// # Panics
/// When something does not hold.
pub fn messages(datagram: &[u8]) {
    let Some(note) = read_back::<InitResponse>(datagram) else { return };
    read_back::<LauncherRequest>(datagram);
    read_back::<InitRequest>(datagram);
    read_back::<LauncherSetup>(datagram);
    if let Ok(InitResponse::Collected(listing)) = note {
        unpacked(&listing);
    }
    if let Some(Ok(LauncherResponse::Ended(facts))) = read_back::<LauncherResponse>(datagram) {
        named(&facts);
    }
    waiting(datagram);
}

/// What it is read as, and that writing what was read gives the same datagram or a shorter one. `None` for what cannot be sent.
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
fn unpacked(listing: &Listing) {
    let what = Collect {
        selection: FileSelection::Changed,
        max_files: 4,
        max_file_bytes: Bytes(8),
        max_total_bytes: Bytes(16),
        max_depth: 2,
    };
    let content = *b"0123456789abcdef";
    let bytes = sealed_memfd([content.as_slice()]).expect("bytes");
    let Ok(Collected { files, skipped: left_out, .. }) =
        listing.clone().checked(&what).and_then(|it| it.read(&bytes))
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

/// Whatever the facts, the ending is named, and no limit that was met is called an ordinary end.
fn named(facts: &RunFacts) {
    let ending = ending(facts, &Limits::STUDENT, None);
    let met = facts.out_of_memory || facts.fork_refused || facts.stopped_for.is_some();
    let ordinary = matches!(ending, Ending::Exited(_) | Ending::Signalled(_));
    assert!(!ordinary || !met || facts.stopped_for == Some(crate::protocol::StopCause::Asked), "{facts:?}");
}

/// What a waiting runtime says on its hook: as much as is listened for, or an error.
fn waiting(said: &[u8]) {
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

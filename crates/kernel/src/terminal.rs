//! Terminal: pseudoterminal of a guest in a devpts instance of its own, with the controlling end outside of the sandbox.
//!
//! Changes of the terminal by the guest stay in its own instance, which contains no name of the host's `/dev/pts`.

use std::{
    ffi::CStr,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::{
    fs::{Mode, OFlags, open},
    io::Errno,
    mount::{MountFlags, mount},
    process::Pid,
    pty::{OpenptFlags, ioctl_tiocgptpeer, unlockpt},
    termios::{InputModes, OptionalActions, Winsize, tcgetattr, tcgetpgrp, tcsetattr, tcsetwinsize},
};
use tokio::io::unix::AsyncFd;

use crate::{Identity, KernelError, Step, StepContext};

/// Character that ends the input of a program at a terminal: Ctrl-D, the default of a new terminal.
pub const END_OF_INPUT: u8 = 4;

/// The most pairs that one guest may open, its own terminal included.
const MAX_PTYS: u32 = 16;

/// The two ends of a new pseudoterminal.
#[derive(Debug)]
pub struct PtyPair {
    /// The controlling end (`ptmx`): writes are input for the guest, reads are its output.
    pub controller: OwnedFd,
    /// The terminal device of the guest.
    pub tty: OwnedFd,
}

/// Mounts a new devpts at `target`. Its terminals belong to the guest, which both identities map.
pub fn mount_devpts(target: &CStr) -> Result<(), KernelError> {
    let guest = Identity::GUEST;
    let options = format!("newinstance,ptmxmode=0666,mode=0600,uid={guest},gid={guest},max={MAX_PTYS}\0");
    let options = CStr::from_bytes_with_nul(options.as_bytes()).map_err(io::Error::other);
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount(c"devpts", target, c"devpts", flags, options.at(Step::MountDevpts)?).at(Step::MountDevpts)
}

impl PtyPair {
    /// Opens a pair of the devpts whose multiplexer is `ptmx`, of this many columns and rows.
    pub fn open(ptmx: &CStr, (cols, rows): (u16, u16)) -> Result<Self, KernelError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let controller = open(ptmx, flags, Mode::empty()).at(Step::OpenTerminal)?;
        unlockpt(&controller).at(Step::OpenTerminal)?;
        // By the controller end and not by its name, which leads where the mounts do.
        let peer = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let tty = ioctl_tiocgptpeer(&controller, peer).at(Step::OpenTerminal)?;
        let mut modes = tcgetattr(&tty).at(Step::OpenTerminal)?;
        // The erase key then deletes a whole character.
        modes.input_modes |= InputModes::IUTF8;
        tcsetattr(&tty, OptionalActions::Now, &modes).at(Step::OpenTerminal)?;
        resize(&controller, (cols, rows)).at(Step::OpenTerminal)?;
        Ok(Self { controller, tty })
    }
}

/// The process group in the terminal's foreground, as this process's pid namespace has it; none if there is none.
pub fn foreground_group(controller: BorrowedFd<'_>) -> Option<i32> {
    tcgetpgrp(controller).ok().map(Pid::as_raw_pid)
}

/// Signals a process group; one that is gone is fine.
pub fn signal_group(group: i32, signal: i32) {
    // 1 would mean every process, and 0 our own group.
    if group > 1 {
        // SAFETY: kill touches no memory. ESRCH means that no process is left to signal.
        unsafe { libc::kill(-group, signal) };
    }
}

fn resize(controller: impl AsFd, (cols, rows): (u16, u16)) -> rustix::io::Result<()> {
    tcsetwinsize(controller, Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 })
}

/// The controller end of a terminal, to be waited for.
#[derive(Debug)]
pub struct Terminal(AsyncFd<OwnedFd>);

impl Terminal {
    /// Over this controller end, which does not block, in the runtime that this is called in.
    pub fn new(controller: OwnedFd) -> io::Result<Self> {
        // SAFETY: the one descriptor is owned, and stays open and the same until it is dropped.
        Ok(Self(unsafe { AsyncFd::register(controller) }.map_err(io::Error::from)?))
    }

    /// Reads output of the guest; 0 when no process has the tty end open any more. Cancel-safe.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            match rustix::io::read(self.0.get_ref(), &mut *buffer) {
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::INTR) => {}
                // Error of a terminal whose tty end is closed: tty_io(4).
                Err(Errno::IO) => return Ok(0),
                other => return Ok(other?),
            }
        }
    }

    /// Types some of these bytes, and returns their number. Cancel-safe.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.writable().await?;
            match rustix::io::write(self.0.get_ref(), bytes) {
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }

    /// Sets the number of columns and rows; the kernel notifies the foreground process group.
    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        Ok(resize(self.0.get_ref(), (cols, rows))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> PtyPair {
        PtyPair::open(c"/dev/ptmx", (80, 24)).expect("a pair of the host's")
    }

    #[tokio::test]
    async fn what_is_typed_is_read_and_echoed_and_the_end_shows() {
        let PtyPair { controller, tty } = pair();
        let controller = Terminal::new(controller).expect("a terminal");
        assert_eq!(controller.write(b"hi\n").await.expect("types"), 3);
        let mut line = [0; 16];
        assert_eq!(rustix::io::read(&tty, &mut line).expect("reads"), 3);
        let read = controller.read(&mut line).await.expect("reads");
        assert_eq!(&line[..read], b"hi\r\n", "the echo, with the carriage returned");
        rustix::io::write(&tty, b"bye").expect("writes");
        drop(tty);
        let read = controller.read(&mut line).await.expect("reads");
        assert_eq!(&line[..read], b"bye", "what was written is not lost with its writer");
        assert_eq!(controller.read(&mut line).await.expect("reads"), 0);
    }

    #[tokio::test]
    async fn a_terminal_has_the_size_that_was_set() {
        let PtyPair { controller, tty } = pair();
        let size = |tty: &OwnedFd| {
            let size = rustix::termios::tcgetwinsize(tty).expect("a size");
            (size.ws_col, size.ws_row)
        };
        assert_eq!(size(&tty), (80, 24));
        let controller = Terminal::new(controller).expect("a terminal");
        controller.resize(132, 50).expect("resizes");
        assert_eq!(size(&tty), (132, 50));
    }

    #[test]
    fn nobody_is_in_the_foreground_of_a_terminal_without_a_session() {
        assert_eq!(foreground_group(pair().controller.as_fd()).filter(|group| *group > 0), None);
    }
}

//! Terminal: `coderunner` command on a pseudoterminal, with scripted input.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    process::ExitStatus,
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};
use tokio::{
    process::{Child, Command},
    sync::mpsc,
    time::timeout,
};

use crate::{binary, ids};

const PATIENCE: Duration = Duration::from_secs(40);

/// `coderunner` at a terminal of its own, until it has ended or this is dropped.
#[derive(Debug)]
pub struct TerminalCommand {
    keys: File,
    /// Kept open, so that what is shown last is not lost and its settings can still be looked at.
    far: OwnedFd,
    child: Child,
    shown: mpsc::UnboundedReceiver<Vec<u8>>,
    unread: String,
    all: String,
}

/// What came of it.
#[derive(Debug)]
pub struct TerminalOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// All that was shown.
    pub screen: String,
    /// Whether the terminal is left as it was: it shows what is typed, and hands it on line by line.
    pub is_restored: bool,
}

impl TerminalCommand {
    /// Starts `coderunner` with these arguments in this folder, at a terminal of 80 columns and 24 rows.
    pub fn start(args: &[&str], folder: &std::path::Path) -> Self {
        let near =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&near).and_then(|()| unlockpt(&near)).expect("its far end");
        let name = ptsname(&near, Vec::new()).expect("its name");
        let far =
            open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).expect("its far end");
        let keys = File::from(near);
        set_size(&keys, 80, 24);
        // It makes the terminal that of the command, as a window does.
        let mut command = Command::new("setsid");
        ids::isolate(&mut command, &ids::block());
        command.arg("--ctty").arg(binary()).args(args).current_dir(folder).kill_on_drop(true);
        let end = || far.try_clone().expect("another descriptor");
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().expect("setsid starts");
        let shown = listen(keys.try_clone().expect("another descriptor"));
        Self { keys, far, child, shown, unread: String::new(), all: String::new() }
    }

    /// Presses these keys.
    pub fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys can be pressed");
    }

    /// Gives the terminal another size, as somebody does who pulls at the window.
    pub fn resize(&self, cols: u16, rows: u16) {
        set_size(&self.keys, cols, rows);
    }

    /// Whether the terminal shows what is typed and hands it on line by line, as it does by itself.
    pub fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.keys).expect("it has settings");
        modes.local_modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits until this is shown, after what was waited for before.
    pub async fn until(&mut self, text: &str) {
        let began = Instant::now();
        loop {
            if let Some(found) = self.unread.find(text) {
                self.unread.drain(..found + text.len());
                return;
            }
            assert!(began.elapsed() < PATIENCE, "no {text:?} but {:?}", self.all);
            match timeout(PATIENCE, self.shown.recv()).await {
                Ok(Some(bytes)) => self.take(&bytes),
                _ => panic!("no {text:?} but {:?}", self.all),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.unread.push_str(&text);
        self.all.push_str(&text);
    }

    /// Sends the command itself a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        let pid = pid.and_then(rustix::process::Pid::from_raw).expect("it has not been waited for");
        rustix::process::kill_process(pid, signal).expect("it can be signalled");
    }

    /// Waits for its end.
    pub async fn end(mut self) -> TerminalOutput {
        let status = timeout(PATIENCE, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("it does not end: {:?}", self.all));
        let is_restored = self.is_cooked();
        let Self { far, mut shown, mut all, .. } = self;
        // The listener hears the end once nobody has the far end open.
        drop(far);
        while let Ok(Some(bytes)) = timeout(PATIENCE, shown.recv()).await {
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
        TerminalOutput { status: status.expect("it can be waited for"), screen: all, is_restored }
    }
}

fn set_size(terminal: &File, cols: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("it can be resized");
}

/// What is shown, read on a thread until the far end is closed.
fn listen(mut near: File) -> mpsc::UnboundedReceiver<Vec<u8>> {
    let (sender, shown) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 4096];
        while let Ok(read @ 1..) = near.read(&mut buffer) {
            if sender.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    shown
}

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
    /// Kept open, so that the last output is not lost and its settings can still be read.
    terminal_end: OwnedFd,
    child: Child,
    output: mpsc::UnboundedReceiver<Vec<u8>>,
    pending: String,
    transcript: String,
}

/// Result of a command at a terminal.
#[derive(Debug)]
pub struct TerminalOutput {
    /// Its exit status.
    pub status: ExitStatus,
    /// All output.
    pub screen: String,
    /// Whether the terminal has its original mode: with echo and line buffering.
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
        // It makes this the controlling terminal of the command, as a terminal window does.
        let mut command = Command::new("setsid");
        ids::isolate(&mut command, &ids::block());
        command.arg("--ctty").arg(binary()).args(args).current_dir(folder).kill_on_drop(true);
        let end = || far.try_clone().expect("another descriptor");
        command.stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().expect("setsid starts");
        let shown = listen(keys.try_clone().expect("another descriptor"));
        Self {
            keys,
            terminal_end: far,
            child,
            output: shown,
            pending: String::new(),
            transcript: String::new(),
        }
    }

    /// Sends these keys.
    pub fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys can be pressed");
    }

    /// Resizes the terminal, as a terminal window does.
    pub fn resize(&self, cols: u16, rows: u16) {
        set_size(&self.keys, cols, rows);
    }

    /// Whether the terminal has its default mode, with echo and line buffering.
    pub fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.keys).expect("it has settings");
        modes.local_modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits for this output, after the text of the previous wait.
    pub async fn wait_for_output(&mut self, text: &str) {
        let began = Instant::now();
        loop {
            if let Some(found) = self.pending.find(text) {
                self.pending.drain(..found + text.len());
                return;
            }
            assert!(began.elapsed() < PATIENCE, "no {text:?} but {:?}", self.transcript);
            match timeout(PATIENCE, self.output.recv()).await {
                Ok(Some(bytes)) => self.append(&bytes),
                _ => panic!("no {text:?} but {:?}", self.transcript),
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.pending.push_str(&text);
        self.transcript.push_str(&text);
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
        let status = status.unwrap_or_else(|_| panic!("it does not end: {:?}", self.transcript));
        let is_restored = self.is_cooked();
        let Self { terminal_end: far, output: mut shown, transcript: mut all, .. } = self;
        // The reader sees the end of file after the far end is closed.
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

/// Output of the terminal, read on a thread until the far end is closed.
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

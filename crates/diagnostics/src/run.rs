//! A run of a program, as far as rules look at it: its source, its messages and its ending.

/// A run of a program, as far as its help needs it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The text of the main file.
    pub source: &'a str,
    /// The name of the main file, as tracebacks end with it (`main.py`).
    pub file: &'a str,
    /// What the program, or its compiler, wrote to standard error.
    pub stderr: &'a str,
    /// The beginning of what it wrote to standard output.
    pub stdout: &'a str,
    /// How it ended.
    pub ending: Ending,
}

/// The ending of a run, as far as help differs by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended by itself, with success.
    Success,
    /// It ended by itself and failed: an error, or an exit code other than 0.
    Failure,
    /// It used more processor time than it may, or was still at work at the end of its time on the clock.
    TimeLimit,
    /// It was still there at the end of its time on the clock, without much work: it waited.
    WallLimit,
    /// It used more memory than it may.
    MemoryLimit,
    /// It wrote more than it may.
    OutputLimit,
    /// It wanted more processes and threads than it may have.
    ProcessLimit,
    /// Its files are larger, or more, than they may be.
    DiskLimit,
    /// A session in which nothing happened for too long.
    IdleLimit,
    /// It asked the system for something that no program may do.
    ForbiddenCall,
    /// A limit ended the compiler, and the program was not run.
    CompilerLimit,
}

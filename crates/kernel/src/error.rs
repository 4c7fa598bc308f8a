//! Kernel errors: the failed step and its `errno`, serializable so that they can cross a process boundary.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each name says the step, and its Display text says it in words")]
pub enum Step {
    SendMessage,
    ReceiveMessage,
    DecodeMessage,
    CreateMemfd,
    SealMemfd,
    CreatePipe,
    ReadFile,
    Fork,
    UnshareNamespaces,
    UnshareNetwork,
    BoundBuffers,
    RaiseLoopback,
    WriteIdMap,
    DropGroups,
    SetGid,
    SetUid,
    DropCapabilities,
    KeepCapabilities,
    NoNewPrivileges,
    SetDumpable,
    ParentDeathSignal,
    OomScore,
    Priority,
    PrivateMounts,
    CloneTree,
    RestrictTree,
    AttachTree,
    MountView,
    MakeDevices,
    MountTmpfs,
    MountProc,
    MountDevpts,
    OpenTerminal,
    MaskProc,
    SealProc,
    LimitWatches,
    UnmountHostProc,
    MoveOldFolder,
    UnmountOldFolder,
    CreateRootEntry,
    EnterRoot,
    PivotRoot,
    DetachOldRoot,
    SealRoot,
    SetHostname,
    CloneInit,
    OpenNamespace,
    EnterTimeNamespace,
    WatchInit,
    BlockSignals,
    SignalFd,
    Poll,
    Reap,
    NewSession,
    TakeTerminal,
    RedirectStreams,
    CloseDescriptors,
    WorkFolder,
    SetRlimit,
    /// Taking a login user id.
    SetLoginId,
    ReadRlimit,
    PinProcess,
    ResetSignals,
    ResetAttributes,
    InstallFilter,
    HandOverListener,
    ReceiveCall,
    CloneProgram,
    Exec,
    Prestart,
    StartTemplate,
    ForkTemplate,
    MakeZygote,
    ForkZygote,
    AdoptOrphans,
    OpenSettings,
    RestartNumbers,
    ForgetSockets,
    CheckFork,
    CheckSyntax,
    LetGo,
    CreateFile,
    WriteFile,
    OpenFile,
    ListFolder,
    CreateCgroup,
    JoinCgroup,
    OpenCgroupFile,
    WriteCgroupFile,
    ReadCgroupFile,
    GiveBackMemory,
    StartLauncher,
    ChooseIdentity,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `PivotRoot` reads "pivot root": the names are chosen to make a sentence after "could not".
        let name = format!("{self:?}");
        for (index, letter) in name.char_indices() {
            if letter.is_ascii_uppercase() && index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

/// A failed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("could not {step}: {}", std::io::Error::from_raw_os_error(*.errno))]
pub struct KernelError {
    /// The step.
    pub step: Step,
    /// Its `errno`; 0 if a response was malformed and no system call failed.
    pub errno: i32,
}

impl KernelError {
    /// The error of this step, from the current `errno` of the C library.
    pub(crate) fn last(step: Step) -> Self {
        Self { step, errno: std::io::Error::last_os_error().raw_os_error().unwrap_or(0) }
    }
}

/// Adds the step to the error of an I/O result.
pub trait StepContext<T> {
    /// The same result, with the step in its error.
    fn at(self, step: Step) -> Result<T, KernelError>;
}

impl<T> StepContext<T> for rustix::io::Result<T> {
    fn at(self, step: Step) -> Result<T, KernelError> {
        self.map_err(|errno| KernelError { step, errno: errno.raw_os_error() })
    }
}

impl<T> StepContext<T> for std::io::Result<T> {
    fn at(self, step: Step) -> Result<T, KernelError> {
        self.map_err(|error| KernelError { step, errno: error.raw_os_error().unwrap_or(0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_the_step_and_the_reason() {
        let error = KernelError { step: Step::PivotRoot, errno: libc::EPERM };
        assert_eq!(error.to_string(), "could not pivot root: Operation not permitted (os error 1)");
    }
}

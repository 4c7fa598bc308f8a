//! Reusable sandbox: runs one program after another and is reset before each.

use sandbox::{DiskQuota, Lease, OpenSandbox, Pool, SandboxError, SandboxFile};

/// A leased sandbox: opened for the first program, started over for each further one.
#[derive(Debug)]
pub(crate) struct ReusableSandbox {
    pool: Pool,
    lease: Option<Lease>,
    open: Option<OpenSandbox>,
}

impl ReusableSandbox {
    pub(crate) const fn new(pool: Pool, lease: Lease) -> Self {
        Self { pool, lease: Some(lease), open: None }
    }

    /// The sandbox with these files in its work folder, and nothing else.
    pub(crate) fn reset_with(
        &mut self,
        files: &[SandboxFile],
        space: DiskQuota,
    ) -> Result<&mut OpenSandbox, SandboxError> {
        if let Some(lease) = self.lease.take() {
            return Ok(self.open.insert(lease.open(files, space)?));
        }
        let open = self.open.as_mut().ok_or(SandboxError::Closed)?;
        open.reset(files, space)?;
        Ok(open)
    }

    /// The sandbox, furnished before.
    pub(crate) fn open(&mut self) -> Result<&mut OpenSandbox, SandboxError> {
        self.open.as_mut().ok_or(SandboxError::Closed)
    }

    /// A sandbox that failed is made anew, in the same slot.
    pub(crate) async fn replace(&mut self) -> Result<(), SandboxError> {
        if let Some(open) = self.open.take() {
            self.lease = Some(open.replace().await?);
        }
        Ok(())
    }

    /// Gives the sandbox back.
    pub(crate) fn release(self) {
        if let Some(open) = self.open {
            self.pool.take_back(open.finish());
        }
    }
}

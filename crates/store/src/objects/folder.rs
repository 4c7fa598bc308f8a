//! Deleting in a folder of this machine, by itself: the object store does not see what a write that was killed has left
//! there.

use std::{error::Error, fs, io, path::Path, path::PathBuf};

use crate::large::INPUT;

/// Deletes a job's folder, or all in it but the job's input and what belongs to one attempt.
pub(super) async fn delete(folder: PathBuf, but: Option<u32>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let work = move || match but {
        None => remove(&folder),
        Some(attempt) => remove_others(&folder, &attempt.to_string()),
    };
    Ok(tokio::task::spawn_blocking(work).await??)
}

/// Deletes these folders, as far as they are there.
pub(super) async fn delete_all(folders: Vec<PathBuf>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let work = move || folders.iter().try_for_each(|folder| remove(folder));
    Ok(tokio::task::spawn_blocking(work).await??)
}

fn remove_others(folder: &Path, kept: &str) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name() != *kept && entry.file_name() != *INPUT {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

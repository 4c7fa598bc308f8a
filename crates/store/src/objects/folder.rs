//! Folder backend: deletes a job's files directly, because the object store does not list files of interrupted
//! writes.

use std::{error::Error, fs, io, path::Path, path::PathBuf};

use super::keys::INPUT;

/// Deletes a job's folder, or everything in it except the job's input and the files of one attempt.
pub(super) async fn delete(
    folder: PathBuf,
    kept_attempt: Option<u32>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let work = move || match kept_attempt {
        None => remove(&folder),
        Some(attempt) => remove_others(&folder, &attempt.to_string()),
    };
    Ok(tokio::task::spawn_blocking(work).await??)
}

/// Deletes these folders, if they exist.
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

//! Large code and input of a job: objects beside its record, fetched before the run.
//!
//! While the objects are away, an attempt waits for them as it does for the records: nobody else has them either.

use std::time::Duration;

use model::{Fault, Job, LargeContent};
use store::{Objects, ObjectsError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::counts;

/// Delay before the second try; doubled each time.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// And at most.
const MAX_DELAY: Duration = Duration::from_secs(2);

/// Why a job is not whole.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// It was stopped while its content was waited for.
    Stopped,
    /// Its content is lost: no attempt will find it.
    Lost(Fault),
    /// Something else is wrong with the objects.
    Failed(ObjectsError),
}

/// Puts back into the job what its record only names.
pub(crate) async fn fetch(
    objects: &Objects,
    job: &mut Job,
    stop: &CancellationToken,
) -> Result<(), FetchError> {
    for large in job.submission.large.clone() {
        let content = match with_retries(objects, job, &large, stop).await {
            Some(Ok(content)) => content,
            Some(Err(ObjectsError::LargeMissing(id))) => {
                counts::engine_failed("objects");
                tracing::error!(job = %id, "large code or input of a job is gone or damaged");
                return Err(FetchError::Lost(missing_code_fault()));
            }
            Some(Err(error)) => return Err(FetchError::Failed(error)),
            None => return Err(FetchError::Stopped),
        };
        if !job.submission.restore(&large, content.into()) {
            return Err(FetchError::Lost(missing_code_fault()));
        }
    }
    Ok(())
}

fn missing_code_fault() -> Fault {
    Fault::new("A part of the code or input was lost on our side, so this was never run. Send it again.")
}

/// None if it is to stop before.
async fn with_retries(
    objects: &Objects,
    job: &Job,
    large: &LargeContent,
    stop: &CancellationToken,
) -> Option<Result<Vec<u8>, ObjectsError>> {
    let mut delay = FIRST_DELAY;
    loop {
        match stop.run_until_cancelled(objects.get_large(job.id, large)).await? {
            Err(error) if error.is_transient() => {
                counts::engine_failed("objects");
                tracing::warn!(job = %job.id, %error, "the objects are away; an attempt waits for its code");
                stop.run_until_cancelled(sleep(delay)).await?;
                delay = (delay * 2).min(MAX_DELAY);
            }
            done => return Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::PathBuf};

    use model::{Bytes, JobId, SourceFile};
    use tempfile::TempDir;

    use super::*;

    /// A job whose long code is an object.
    struct OffloadedCode {
        folder: TempDir,
        objects: Objects,
        job: Job,
    }

    const ID: JobId = JobId::from_u128(7);
    const CODE: &str = "print('long')";

    impl OffloadedCode {
        async fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let objects = Objects::open_folder(folder.path()).expect("opens");
            let mut job = job();
            for (large, content) in job.submission.extract_large(Bytes(5)) {
                objects.put_large(ID, &large, content.into_bytes()).await.expect("is kept");
            }
            Self { folder, objects, job }
        }

        fn file(&self) -> PathBuf {
            let large = self.job.submission.large[0];
            self.folder.path().join(format!("artifacts/{ID}/input/{}", large.digest))
        }
    }

    fn job() -> Job {
        let mut job = Job { attempt: 1, ..testkit::job(ID, "python") };
        job.submission.files = vec![SourceFile { name: "main.py".into(), content: CODE.into() }];
        job.submission.stdin = "in".into();
        job
    }

    #[tokio::test]
    async fn long_code_is_put_back_where_it_belongs() {
        let mut stored = OffloadedCode::new().await;
        assert!(stored.job.submission.files[0].content.is_empty());
        fetch(&stored.objects, &mut stored.job, &CancellationToken::new()).await.expect("is there");
        assert_eq!(stored.job.submission, job().submission);
    }

    #[tokio::test]
    async fn code_that_is_gone_or_damaged_fails_the_job_at_once() {
        for damage in [&b"print('evil')"[..], b"short", b""] {
            let mut stored = OffloadedCode::new().await;
            match damage {
                b"" => fs::remove_file(stored.file()).expect("is there"),
                other => fs::write(stored.file(), other).expect("is written"),
            }
            let fetched = fetch(&stored.objects, &mut stored.job, &CancellationToken::new()).await;
            assert!(matches!(fetched, Err(FetchError::Lost(_))), "{fetched:?}");
        }
    }

    #[tokio::test]
    async fn objects_that_are_away_are_waited_for_until_they_are_back_or_the_attempt_is_stopped() {
        let mut stored = OffloadedCode::new().await;
        let (file, aside) = (stored.file(), stored.folder.path().join("aside"));
        fs::rename(&file, &aside).expect("is there");
        // A link to itself cannot be opened, and is there.
        symlink(&file, &file).expect("a link");
        let stop = CancellationToken::new();
        let stopper = async {
            sleep(Duration::from_millis(300)).await;
            stop.cancel();
        };
        let (stopped, ()) = tokio::join!(fetch(&stored.objects, &mut stored.job, &stop), stopper);
        assert!(matches!(stopped, Err(FetchError::Stopped)), "{stopped:?}");
        let back = async {
            sleep(Duration::from_millis(300)).await;
            fs::remove_file(&file).expect("a link");
            fs::rename(&aside, &file).expect("is put back");
        };
        let token = CancellationToken::new();
        let (fetched, ()) = tokio::join!(fetch(&stored.objects, &mut stored.job, &token), back);
        fetched.expect("is there again");
        assert_eq!(stored.job.submission.files[0].content.as_text(), Some(CODE));
    }
}

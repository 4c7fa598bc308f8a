//! Objects in a folder.

use std::fs;

use futures_util::TryStreamExt as _;
use model::{Digest, JobId, LargeContent, SubmissionPart};
use store::{JobScan, ObjectKey, Objects, ObjectsError};
use tempfile::TempDir;

const fn key(job: u128, attempt: u32, index: usize) -> ObjectKey {
    ObjectKey { job: JobId::from_u128(job), attempt, index }
}

struct Harness {
    folder: TempDir,
    objects: Objects,
}

impl Harness {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::open_folder(&folder.path().join("objects")).expect("opens");
        Self { folder, objects }
    }

    async fn put(&self, key: ObjectKey, bytes: &[u8]) {
        self.objects.put(key, bytes.to_vec()).await.expect("is written");
    }

    async fn get(&self, key: ObjectKey) -> Option<Vec<u8>> {
        let object = self.objects.get(key).await.expect("is looked for")?;
        let pieces: Vec<_> = object.pieces.try_collect().await.expect("is read");
        let bytes = pieces.concat();
        assert_eq!(bytes.len() as u64, object.size.get());
        Some(bytes)
    }

    async fn jobs(&self) -> Vec<JobId> {
        let (mut scan, mut jobs) = (JobScan::default(), Vec::new());
        loop {
            let found = self.objects.next_jobs(&mut scan, 2).await.expect("lists");
            if found.is_empty() {
                break;
            }
            jobs.extend(found);
        }
        jobs.sort_unstable();
        jobs
    }
}

#[tokio::test]
async fn objects_are_read_by_their_key_also_after_reopening() {
    let mut harness = Harness::open();
    let long = vec![7; 3 * 1024 * 1024];
    harness.put(key(1, 1, 0), b"").await;
    harness.put(key(1, 1, 1), &long).await;
    harness.objects = Objects::open_folder(&harness.folder.path().join("objects")).expect("opens again");
    assert_eq!(harness.get(key(1, 1, 0)).await.as_deref(), Some(&b""[..]));
    assert_eq!(harness.get(key(1, 1, 1)).await, Some(long));
    for other in [key(1, 1, 2), key(1, 2, 1), key(2, 1, 1)] {
        assert_eq!(harness.get(other).await, None, "{other}");
    }
}

#[tokio::test]
async fn a_repeated_put_replaces_the_object() {
    let harness = Harness::open();
    harness.put(key(1, 1, 0), b"first").await;
    harness.put(key(1, 1, 0), b"then").await;
    assert_eq!(harness.get(key(1, 1, 0)).await.as_deref(), Some(&b"then"[..]));
}

#[tokio::test]
async fn deleting_a_job_deletes_all_its_objects_and_no_others() {
    let harness = Harness::open();
    for key in [key(1, 1, 0), key(1, 2, 0), key(2, 1, 0)] {
        harness.put(key, b"x").await;
    }
    // Files of an interrupted write are no objects, and are deleted nevertheless.
    let job = harness.folder.path().join("objects/artifacts").join(JobId::from_u128(1).to_string());
    fs::write(job.join("2/1#1"), "half").expect("a left-over");
    harness.objects.delete_job(JobId::from_u128(1)).await.expect("forgets");
    assert_eq!(harness.get(key(1, 2, 0)).await, None);
    assert!(!job.exists());
    assert_eq!(harness.get(key(2, 1, 0)).await.as_deref(), Some(&b"x"[..]));
    assert_eq!(harness.jobs().await, [JobId::from_u128(2)]);
    harness.objects.delete_job(JobId::from_u128(1)).await.expect("forgetting nothing is fine");
}

#[tokio::test]
async fn deleting_other_attempts_keeps_one() {
    let harness = Harness::open();
    for key in [key(1, 1, 0), key(1, 2, 0), key(1, 12, 0)] {
        harness.put(key, b"x").await;
    }
    harness.objects.delete_other_attempts(JobId::from_u128(1), 2).await.expect("deletes");
    assert_eq!(harness.get(key(1, 1, 0)).await, None);
    assert_eq!(harness.get(key(1, 12, 0)).await, None);
    assert!(harness.get(key(1, 2, 0)).await.is_some());
    harness
        .objects
        .delete_other_attempts(JobId::from_u128(9), 1)
        .await
        .expect("a job without objects is fine");
}

#[tokio::test]
async fn jobs_with_objects_are_listed_and_other_files_are_ignored() {
    let harness = Harness::open();
    assert_eq!(harness.jobs().await, []);
    for job in [3, 1, 2] {
        harness.put(key(job, 1, 0), b"x").await;
    }
    fs::create_dir(harness.folder.path().join("objects/artifacts/notes")).expect("a folder of somebody's");
    assert_eq!(harness.jobs().await, [1, 2, 3].map(JobId::from_u128));
}

#[tokio::test]
async fn an_unwritable_folder_is_an_error() {
    let harness = Harness::open();
    // Not even root can create a folder in place of a file.
    let artifacts = harness.folder.path().join("objects/artifacts");
    fs::write(artifacts.join(JobId::from_u128(1).to_string()), "in the way").expect("a file");
    let failed = harness.objects.put(key(1, 1, 0), b"x".to_vec()).await;
    assert!(matches!(failed, Err(ObjectsError::Put { .. })), "{failed:?}");
}

#[test]
fn an_address_is_an_absolute_folder_or_a_bucket() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = format!("file://{}/new/objects", folder.path().display());
    assert!(Objects::open(&good, []).is_ok());
    assert!(folder.path().join("new/objects").is_dir());
    for bad in [
        "",
        "objects",
        "/objects",
        "file://objects",
        "file:objects",
        "http://host/objects",
        "s3://",
        "s3:///prefix",
        "s3://bucket/a//b",
    ] {
        assert!(matches!(Objects::open(bad, []), Err(ObjectsError::Url(_))), "{bad}");
    }
}

#[tokio::test]
async fn a_scan_visits_all_jobs_in_steps_and_restarts() {
    let harness = Harness::open();
    for job in 1..=25 {
        harness.put(key(job, 1, 0), b"x").await;
    }
    let mut scan = JobScan::default();
    for _ in 0..2 {
        let mut met = Vec::new();
        for step in [10, 10, 5, 0] {
            let found = harness.objects.next_jobs(&mut scan, 10).await.expect("lists");
            assert_eq!(found.len(), step);
            met.extend(found);
        }
        met.sort_unstable();
        assert_eq!(met, (1..=25).map(JobId::from_u128).collect::<Vec<_>>());
    }
    harness.objects.delete_jobs(&[2, 40, 1].map(JobId::from_u128)).await.expect("deletes");
    assert_eq!(harness.jobs().await, (3..=25).map(JobId::from_u128).collect::<Vec<_>>());
}

#[tokio::test]
async fn large_code_is_kept_when_attempts_are_deleted() {
    let harness = Harness::open();
    let large = |bytes: &[u8]| LargeContent {
        part: SubmissionPart::Stdin,
        digest: Digest::of(bytes),
        size: model::Bytes(bytes.len() as u64),
    };
    let (job, long) = (JobId::from_u128(1), vec![7; 3 * 1024 * 1024]);
    for bytes in [&long[..], b"other"] {
        harness.objects.put_large(job, &large(bytes), bytes.to_vec()).await.expect("is kept");
    }
    for attempt in [1, 2] {
        harness.objects.put(key(1, attempt, 0), b"x".to_vec()).await.expect("is written");
    }
    let is_there = async |bytes: &[u8]| match harness.objects.get_large(job, &large(bytes)).await {
        Ok(found) => found == bytes,
        Err(ObjectsError::LargeMissing(_)) => false,
        Err(error) => panic!("{error}"),
    };
    harness.objects.delete_other_attempts(job, 2).await.expect("deletes");
    assert!(is_there(&long).await && is_there(b"other").await && !is_there(b"never kept").await);
    harness.objects.delete_attempts(job).await.expect("deletes");
    assert!(is_there(&long).await && harness.get(key(1, 2, 0)).await.is_none());
    let another = harness.objects.get_large(JobId::from_u128(2), &large(&long)).await;
    assert!(matches!(another, Err(ObjectsError::LargeMissing(_))), "it belongs to one job");
    harness.objects.delete_job(job).await.expect("deletes");
    assert!(!is_there(&long).await);
}

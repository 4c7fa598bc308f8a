//! What the object store promises.

use std::fs;

use futures_util::TryStreamExt as _;
use model::{Digest, JobId, LargeContent, SubmissionPart};
use store::{ObjectKey, Objects, ObjectsError, Walk};
use tempfile::TempDir;

const fn key(job: u128, attempt: u32, place: usize) -> ObjectKey {
    ObjectKey { job: JobId::from_u128(job), attempt, place }
}

struct Bench {
    folder: TempDir,
    objects: Objects,
}

impl Bench {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::in_folder(&folder.path().join("objects")).expect("opens");
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
        let (mut walk, mut jobs) = (Walk::default(), Vec::new());
        loop {
            let found = self.objects.next_jobs(&mut walk, 2).await.expect("lists");
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
async fn what_is_put_is_got_under_its_key_only_also_by_the_next_process() {
    let mut bench = Bench::open();
    let long = vec![7; 3 * 1024 * 1024];
    bench.put(key(1, 1, 0), b"").await;
    bench.put(key(1, 1, 1), &long).await;
    bench.objects = Objects::in_folder(&bench.folder.path().join("objects")).expect("opens again");
    assert_eq!(bench.get(key(1, 1, 0)).await.as_deref(), Some(&b""[..]));
    assert_eq!(bench.get(key(1, 1, 1)).await, Some(long));
    for other in [key(1, 1, 2), key(1, 2, 1), key(2, 1, 1)] {
        assert_eq!(bench.get(other).await, None, "{other}");
    }
}

#[tokio::test]
async fn an_object_that_is_put_again_is_the_later_one() {
    let bench = Bench::open();
    bench.put(key(1, 1, 0), b"first").await;
    bench.put(key(1, 1, 0), b"then").await;
    assert_eq!(bench.get(key(1, 1, 0)).await.as_deref(), Some(&b"then"[..]));
}

#[tokio::test]
async fn a_forgotten_job_has_nothing_left_and_others_keep_theirs() {
    let bench = Bench::open();
    for key in [key(1, 1, 0), key(1, 2, 0), key(2, 1, 0)] {
        bench.put(key, b"x").await;
    }
    // What a write that was killed leaves is no object, and still goes.
    let job = bench.folder.path().join("objects/artifacts").join(JobId::from_u128(1).to_string());
    fs::write(job.join("2/1#1"), "half").expect("a left-over");
    bench.objects.forget(JobId::from_u128(1)).await.expect("forgets");
    assert_eq!(bench.get(key(1, 2, 0)).await, None);
    assert!(!job.exists());
    assert_eq!(bench.get(key(2, 1, 0)).await.as_deref(), Some(&b"x"[..]));
    assert_eq!(bench.jobs().await, [JobId::from_u128(2)]);
    bench.objects.forget(JobId::from_u128(1)).await.expect("forgetting nothing is fine");
}

#[tokio::test]
async fn of_several_attempts_one_is_kept() {
    let bench = Bench::open();
    for key in [key(1, 1, 0), key(1, 2, 0), key(1, 12, 0)] {
        bench.put(key, b"x").await;
    }
    bench.objects.keep_only(JobId::from_u128(1), 2).await.expect("deletes");
    assert_eq!(bench.get(key(1, 1, 0)).await, None);
    assert_eq!(bench.get(key(1, 12, 0)).await, None);
    assert!(bench.get(key(1, 2, 0)).await.is_some());
    bench.objects.keep_only(JobId::from_u128(9), 1).await.expect("a job without objects is fine");
}

#[tokio::test]
async fn jobs_with_objects_are_listed_by_age_and_strangers_are_left_alone() {
    let bench = Bench::open();
    assert_eq!(bench.jobs().await, []);
    for job in [3, 1, 2] {
        bench.put(key(job, 1, 0), b"x").await;
    }
    fs::create_dir(bench.folder.path().join("objects/artifacts/notes")).expect("a folder of somebody's");
    assert_eq!(bench.jobs().await, [1, 2, 3].map(JobId::from_u128));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_our_failure() {
    let bench = Bench::open();
    // Also root cannot make a folder where a file is.
    let artifacts = bench.folder.path().join("objects/artifacts");
    fs::write(artifacts.join(JobId::from_u128(1).to_string()), "in the way").expect("a file");
    let failed = bench.objects.put(key(1, 1, 0), b"x".to_vec()).await;
    assert!(matches!(failed, Err(ObjectsError::Put { .. })), "{failed:?}");
}

#[test]
fn an_address_is_a_folder_from_the_root_on_or_a_bucket() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = format!("file://{}/new/objects", folder.path().display());
    assert!(Objects::at(&good, []).is_ok());
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
        assert!(matches!(Objects::at(bad, []), Err(ObjectsError::Url(_))), "{bad}");
    }
}

#[tokio::test]
async fn a_walk_meets_all_jobs_in_steps_and_begins_again() {
    let bench = Bench::open();
    for job in 1..=25 {
        bench.put(key(job, 1, 0), b"x").await;
    }
    let mut walk = Walk::default();
    for _ in 0..2 {
        let mut met = Vec::new();
        for step in [10, 10, 5, 0] {
            let found = bench.objects.next_jobs(&mut walk, 10).await.expect("lists");
            assert_eq!(found.len(), step);
            met.extend(found);
        }
        met.sort_unstable();
        assert_eq!(met, (1..=25).map(JobId::from_u128).collect::<Vec<_>>());
    }
    bench.objects.forget_all(&[2, 40, 1].map(JobId::from_u128)).await.expect("deletes");
    assert_eq!(bench.jobs().await, (3..=25).map(JobId::from_u128).collect::<Vec<_>>());
}

#[tokio::test]
async fn long_code_stays_with_its_job_whatever_its_attempts_leave() {
    let bench = Bench::open();
    let large = |bytes: &[u8]| LargeContent {
        part: SubmissionPart::Stdin,
        digest: Digest::of(bytes),
        size: model::Bytes(bytes.len() as u64),
    };
    let (job, long) = (JobId::from_u128(1), vec![7; 3 * 1024 * 1024]);
    for bytes in [&long[..], b"other"] {
        bench.objects.keep_large(job, &large(bytes), bytes.to_vec()).await.expect("is kept");
    }
    for attempt in [1, 2] {
        bench.objects.put(key(1, attempt, 0), b"x".to_vec()).await.expect("is written");
    }
    let is_there = async |bytes: &[u8]| match bench.objects.large(job, &large(bytes)).await {
        Ok(found) => found == bytes,
        Err(ObjectsError::LostLarge(_)) => false,
        Err(error) => panic!("{error}"),
    };
    bench.objects.keep_only(job, 2).await.expect("deletes");
    assert!(is_there(&long).await && is_there(b"other").await && !is_there(b"never kept").await);
    bench.objects.forget_attempts(job).await.expect("deletes");
    assert!(is_there(&long).await && bench.get(key(1, 2, 0)).await.is_none());
    let another = bench.objects.large(JobId::from_u128(2), &large(&long)).await;
    assert!(matches!(another, Err(ObjectsError::LostLarge(_))), "it belongs to one job");
    bench.objects.forget(job).await.expect("deletes");
    assert!(!is_there(&long).await);
}

//! Memory of a pool: how leases share it.

mod common;

use std::{future::Future, pin::Pin, task::Poll};

use common::{MEMORY, pool};
use model::{Bytes, Limits};
use sandbox::{DiskQuota, Pool, Program, SandboxError};
use tokio_util::sync::CancellationToken;

/// Whether it waits.
async fn is_pending<T>(future: Pin<&mut impl Future<Output = T>>) -> bool {
    let mut future = Some(future);
    std::future::poll_fn(move |context| {
        let polled = future.take().map(|future| future.poll(context).is_pending());
        Poll::Ready(polled.unwrap_or_default())
    })
    .await
}

/// Runs a program that does nothing and may use so much.
async fn run(pool: &Pool, leased: Bytes, used: Bytes) -> Result<sandbox::UsedSandbox, SandboxError> {
    let mut sandbox = pool.lease(None, leased).await?.open(&[], DiskQuota::STANDARD)?;
    let limits = Limits { memory: used, ..Limits::STUDENT };
    let program = Program::new(vec!["/bin/true".to_owned()], Vec::new(), limits);
    sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await?;
    Ok(sandbox.finish())
}

#[tokio::test]
async fn memory_is_free_again_after_its_users_end() {
    let pool = pool(None).await;
    let half = Bytes(MEMORY.get() / 2 + 1);
    let spent = run(&pool, half, half).await.expect("a run");
    let mut next = Box::pin(pool.lease(None, half));
    assert!(is_pending(next.as_mut()).await, "the other half is too small, and the sandbox is still there");
    pool.take_back(spent);
    drop(next.await.expect("a lease"));
    // Also of a lease that was not used.
    pool.lease(None, MEMORY).await.expect("all of it");
}

#[tokio::test]
async fn what_a_pool_does_not_have_is_refused_at_once() {
    let pool = pool(None).await;
    let error = pool.lease(None, Bytes(MEMORY.get() + 1)).await.expect_err("more than there is");
    assert!(matches!(error, SandboxError::TooMuchMemory { .. }), "{error}");
}

#[tokio::test]
async fn no_program_may_use_more_than_was_leased_for_it() {
    let pool = pool(None).await;
    let error = run(&pool, Bytes::mib(64), Bytes::mib(65)).await.expect_err("more than was leased");
    assert!(matches!(error, SandboxError::ExceedsLease { .. }), "{error}");
}

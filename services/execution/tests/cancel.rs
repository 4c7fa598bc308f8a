//! Cancellation between two attempts of a job, with the lost attempt coming back.

mod common;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::http::StatusCode;
use broker::{
    AbandonOutcome, AbandonReason, Attempt, Broker, BrokerError, CancelOutcome, Claim, Claimant, Control,
    Delivery, EventStream, RenewOutcome, SettleOutcome, Ticket, TicketState,
};
use common::{World, report};
use execution::{Execution, ExecutionParts, router};
use model::{Completion, Ending, Event, JobId, QueueStats, Seq, Timestamp};
use store::Store;

/// Action of a worker that was believed lost, at the moment when its job is removed from the queue.
#[derive(Clone, Copy)]
enum LateWorkerAction {
    RequeuesJob,
    Completes,
    EndsAsCancelled,
}

/// A queue in which the ticket of a job whose worker was lost is waiting, and in which that worker comes back too early.
struct BrokerWithLateWorker {
    queue: Arc<dyn Broker>,
    store: Store,
    late_action: LateWorkerAction,
}

#[async_trait]
impl Broker for BrokerWithLateWorker {
    async fn cancel(&self, job: JobId) -> Result<CancelOutcome, BrokerError> {
        let now = Timestamp::now();
        match self.late_action {
            LateWorkerAction::RequeuesJob => drop(self.store.requeue(job, 1).await.expect("requeues")),
            LateWorkerAction::Completes => {
                let completion = Completion::Completed(report(Ending::Exited(0), "hi"));
                self.store.complete(job, 1, &completion, now).await.expect("completes");
            }
            LateWorkerAction::EndsAsCancelled => {
                self.store.complete(job, 1, &Completion::Cancelled(None), now).await.expect("completes");
            }
        }
        Ok(CancelOutcome::Dequeued)
    }

    async fn enqueue(&self, ticket: Ticket) -> Result<u64, BrokerError> {
        self.queue.enqueue(ticket).await
    }
    async fn claim(&self, claimant: &Claimant, most: usize) -> Result<Vec<Claim>, BrokerError> {
        self.queue.claim(claimant, most).await
    }
    async fn renew(&self, attempts: &[Attempt]) -> Result<Vec<RenewOutcome>, BrokerError> {
        self.queue.renew(attempts).await
    }
    async fn settle(&self, attempt: &Attempt) -> Result<SettleOutcome, BrokerError> {
        self.queue.settle(attempt).await
    }
    async fn abandon(&self, attempt: &Attempt, reason: AbandonReason) -> Result<AbandonOutcome, BrokerError> {
        self.queue.abandon(attempt, reason).await
    }
    async fn control(&self, job: JobId, message: Control) -> Result<Delivery, BrokerError> {
        self.queue.control(job, message).await
    }
    async fn tickets(&self, jobs: &[JobId]) -> Result<Vec<Option<TicketState>>, BrokerError> {
        self.queue.tickets(jobs).await
    }
    async fn position(&self, job: JobId) -> Result<Option<u64>, BrokerError> {
        self.queue.position(job).await
    }
    async fn expire_leases(&self) -> Result<Vec<JobId>, BrokerError> {
        self.queue.expire_leases().await
    }
    async fn stats(&self) -> Result<QueueStats, BrokerError> {
        self.queue.stats().await
    }
    async fn workers(&self) -> Result<Vec<Claimant>, BrokerError> {
        self.queue.workers().await
    }
    async fn publish(&self, job: JobId, event: Event) {
        self.queue.publish(job, event).await;
    }
    async fn events(&self, job: JobId, after: Option<Seq>) -> Result<EventStream, BrokerError> {
        self.queue.events(job, after).await
    }
    async fn lead(&self, term: Duration) -> Result<bool, BrokerError> {
        self.queue.lead(term).await
    }
    async fn resign(&self) -> Result<(), BrokerError> {
        self.queue.resign().await
    }
    fn lease_time(&self) -> Duration {
        self.queue.lease_time()
    }
}

/// Cancels a job that is being run, and checks what its client is told and what its record says then.
async fn check(meanwhile: LateWorkerAction, told: StatusCode, becomes: &str) {
    let mut world = World::new().await;
    let job = world.submit_job().await;
    let _lost = world.begin().await.claim;
    let ExecutionParts { broker, store, .. } = world.execution.parts();
    let haunted = BrokerWithLateWorker { queue: broker, store, late_action: meanwhile };
    let parts = ExecutionParts { broker: Arc::new(haunted), ..world.execution.parts() };
    world.router = router(Execution::from(parts)).into();
    let answer = world.delete(&format!("/api/execution/{job}")).await;
    assert_eq!(answer.status, told, "{}", answer.text);
    let result = world.get(&format!("/api/execution/result/{job}")).await.json();
    assert_eq!(result["status"], becomes, "{result}");
}

#[tokio::test]
async fn a_job_that_its_lost_worker_gave_back_was_said_to_be_cancelled_and_ran_again() {
    check(LateWorkerAction::RequeuesJob, StatusCode::OK, "cancelled").await;
}

#[tokio::test]
async fn a_job_that_its_lost_worker_completed_was_said_to_be_cancelled() {
    check(LateWorkerAction::Completes, StatusCode::CONFLICT, "completed").await;
}

#[tokio::test]
async fn a_job_that_its_lost_worker_cancelled_is_cancelled() {
    check(LateWorkerAction::EndsAsCancelled, StatusCode::OK, "cancelled").await;
}

//! The connection for what Redis tells by itself: one for the whole process, however many claims wait, jobs are watched and
//! attempts run.
//!
//! What is told while it is broken is lost. So whenever it is up again, waiting claims look, inboxes are read, and the logs
//! of watched jobs are caught up with.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use model::JobId;
use redis::{
    Msg, RedisError, Value,
    aio::{PubSubSink, PubSubStream},
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{Core, inbox::Inboxes, link::LinkError, watch::Hub};

/// How soon a broken connection is made again, at first, and at the latest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How often it is checked that the other end is still there.
const BEAT: Duration = Duration::from_secs(5);
/// Orders taken together.
const MOST_TOGETHER: usize = 256;

/// What the connection is told to do.
pub(super) enum Order {
    /// Listen for the events of this job, and say so.
    Tune(JobId, oneshot::Sender<()>),
    /// Listen no more.
    Leave(JobId),
}

/// Who hears what.
pub(super) struct Ears {
    /// Claims that wait.
    pub(super) ready: Arc<Notify>,
    /// The inboxes of attempts that run here.
    pub(super) inboxes: Arc<Inboxes>,
    /// Those who watch jobs.
    pub(super) hub: Arc<Hub>,
}

/// Listens for ever.
pub(super) async fn listen(core: Arc<Core>, ears: Ears, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut pause = PAUSES.0;
    loop {
        let broken = match tune_in(&core, &ears).await {
            Ok((sink, stream)) => {
                if pause > PAUSES.0 {
                    tracing::info!("Redis can be heard again");
                }
                pause = PAUSES.0;
                ears.look_everywhere(&core);
                relay(&core, &ears, &mut orders, sink, stream).await
            }
            Err(error) => error,
        };
        if pause == PAUSES.0 {
            tracing::warn!(error = %broken, "Redis cannot be heard; trying again until it can");
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// A connection that is tuned to all that this process has to hear.
async fn tune_in(core: &Core, ears: &Ears) -> Result<(PubSubSink, PubSubStream), LinkError> {
    let tuning = async {
        let pubsub = core.client.get_async_pubsub().await.map_err(LinkError::Connect)?;
        let (mut sink, stream) = pubsub.split();
        let own = [core.key(":ready"), core.key(&format!(":to:{}", core.name))];
        let watched = ears.hub.expect_gaps();
        let channels: Vec<String> =
            own.into_iter().chain(watched.iter().map(|job| core.events_of(*job))).collect();
        sink.subscribe(channels).await?;
        Ok((sink, stream))
    };
    timeout(core.settings.patience, tuning).await.unwrap_or(Err(LinkError::Slow(core.settings.patience)))
}

/// Passes on what is heard, and does as told, until the connection breaks.
async fn relay(
    core: &Core,
    ears: &Ears,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    mut sink: PubSubSink,
    mut stream: PubSubStream,
) -> LinkError {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut given = Vec::with_capacity(MOST_TOGETHER);
    loop {
        let done = tokio::select! {
            heard = stream.next() => match heard {
                Some(message) => {
                    ears.hear(core, &message);
                    continue;
                }
                None => return LinkError::Ended,
            },
            // None come any more when the broker is dropped, and this task with it.
            _ = orders.recv_many(&mut given, MOST_TOGETHER) => {
                timeout(core.settings.patience, obey(core, &mut sink, &mut given)).await
            }
            _ = beat.tick() => {
                timeout(core.settings.patience, async { sink.ping::<Value>().await.map(drop) }).await
            }
        };
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error.into(),
            Err(_) => return LinkError::Slow(core.settings.patience),
        }
    }
}

/// Carries orders out, in their order; what is alike and stands together, together.
async fn obey(core: &Core, sink: &mut PubSubSink, given: &mut Vec<Order>) -> Result<(), RedisError> {
    let mut orders = given.drain(..).peekable();
    while orders.peek().is_some() {
        let (mut tuned, mut askers, mut left) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(Order::Tune(job, asker)) = orders.next_if(|order| matches!(order, Order::Tune(..))) {
            tuned.push(core.events_of(job));
            askers.push(asker);
        }
        while let Some(Order::Leave(job)) = orders.next_if(|order| matches!(order, Order::Leave(_))) {
            left.push(core.events_of(job));
        }
        if !tuned.is_empty() {
            sink.subscribe(tuned).await?;
        }
        for asker in askers {
            // Whoever has gone away leaves by another order.
            let _gone = asker.send(());
        }
        if !left.is_empty() {
            sink.unsubscribe(left).await?;
        }
    }
    Ok(())
}

impl Ears {
    /// Makes up for whatever was not heard.
    fn look_everywhere(&self, core: &Arc<Core>) {
        self.ready.notify_waiters();
        self.inboxes.look_everywhere();
        tokio::spawn(Arc::clone(&self.hub).catch_up(Arc::clone(core)));
    }

    fn hear(&self, core: &Core, message: &Msg) {
        let Some(channel) = message.get_channel_name().strip_prefix(core.root.as_str()) else { return };
        let payload = message.get_payload_bytes();
        if channel == ":ready" {
            self.ready.notify_waiters();
        } else if let Some(job) = channel.strip_prefix(":of:").and_then(|job| job.parse().ok()) {
            self.hub.hear(job, payload);
        } else if channel.starts_with(":to:") {
            self.inboxes.hear(payload);
        }
    }
}

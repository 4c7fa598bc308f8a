//! Pub/sub connection: one per process for all waiting claims, event subscriptions and running attempts.
//!
//! Messages are lost while it is broken. After each reconnect, waiting claims are woken, inboxes are read, and
//! event logs are completed from Redis.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use redis::{
    Msg, RedisError, Value,
    aio::{PubSubSink, PubSubStream},
};
use tokio::{
    sync::{Notify, mpsc},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    connection::ConnectionError,
    core::Core,
    event_hub::{EventHub, SubscriptionCommand},
    inbox::Inboxes,
};

/// First and longest delay before a reconnect.
const RECONNECT_DELAYS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Interval of pings that check the connection.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// Commands taken together.
const MAX_BATCH: usize = 256;

/// Receivers of pub/sub messages.
pub(super) struct Subscribers {
    /// Waiting claims.
    pub(super) ready: Arc<Notify>,
    /// The inboxes of the attempts in this process.
    pub(super) inboxes: Arc<Inboxes>,
    /// Event subscriptions.
    pub(super) hub: Arc<EventHub>,
}

/// Runs until it is aborted.
pub(super) async fn run(
    core: Arc<Core>,
    subscribers: Subscribers,
    mut commands: mpsc::UnboundedReceiver<SubscriptionCommand>,
) {
    let mut delay = RECONNECT_DELAYS.0;
    loop {
        let broken = match connect(&core, &subscribers).await {
            Ok((sink, stream)) => {
                if delay > RECONNECT_DELAYS.0 {
                    tracing::info!("the pub/sub connection to Redis is up again");
                }
                delay = RECONNECT_DELAYS.0;
                subscribers.resynchronize(&core);
                forward(&core, &subscribers, &mut commands, sink, stream).await
            }
            Err(error) => error,
        };
        if delay == RECONNECT_DELAYS.0 {
            tracing::warn!(error = %broken, "the pub/sub connection to Redis is down; reconnecting");
        }
        sleep(delay).await;
        delay = (delay * 2).min(RECONNECT_DELAYS.1);
    }
}

/// Opens a connection that is subscribed to all channels of this process.
async fn connect(
    core: &Core,
    subscribers: &Subscribers,
) -> Result<(PubSubSink, PubSubStream), ConnectionError> {
    let connecting = async {
        let pubsub = core.client.get_async_pubsub().await.map_err(ConnectionError::Connect)?;
        let (mut sink, stream) = pubsub.split();
        let own = [core.key(":ready"), core.key(&format!(":to:{}", core.process))];
        let subscribed_jobs = subscribers.hub.mark_gaps();
        let channels: Vec<String> =
            own.into_iter().chain(subscribed_jobs.iter().map(|job| core.events_of(*job))).collect();
        sink.subscribe(channels).await?;
        Ok((sink, stream))
    };
    timeout(core.settings.timeout, connecting)
        .await
        .unwrap_or(Err(ConnectionError::Timeout(core.settings.timeout)))
}

/// Forwards messages and applies commands until the connection breaks.
async fn forward(
    core: &Core,
    subscribers: &Subscribers,
    commands: &mut mpsc::UnboundedReceiver<SubscriptionCommand>,
    mut sink: PubSubSink,
    mut stream: PubSubStream,
) -> ConnectionError {
    let mut ping = interval(PING_INTERVAL);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::with_capacity(MAX_BATCH);
    loop {
        let done = tokio::select! {
            received = stream.next() => match received {
                Some(message) => {
                    subscribers.dispatch(core, &message);
                    continue;
                }
                None => return ConnectionError::Closed,
            },
            // The channel closes only when the broker is dropped, and this task with it.
            _ = commands.recv_many(&mut batch, MAX_BATCH) => {
                timeout(core.settings.timeout, apply(core, &mut sink, &mut batch)).await
            }
            _ = ping.tick() => {
                timeout(core.settings.timeout, async { sink.ping::<Value>().await.map(drop) }).await
            }
        };
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error.into(),
            Err(_) => return ConnectionError::Timeout(core.settings.timeout),
        }
    }
}

/// Applies commands in order; consecutive commands of one kind are applied together.
async fn apply(
    core: &Core,
    sink: &mut PubSubSink,
    batch: &mut Vec<SubscriptionCommand>,
) -> Result<(), RedisError> {
    let mut commands = batch.drain(..).peekable();
    while commands.peek().is_some() {
        let (mut subscribed, mut replies, mut unsubscribed) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(SubscriptionCommand::Subscribe(job, reply)) =
            commands.next_if(|command| matches!(command, SubscriptionCommand::Subscribe(..)))
        {
            subscribed.push(core.events_of(job));
            replies.push(reply);
        }
        while let Some(SubscriptionCommand::Unsubscribe(job)) =
            commands.next_if(|command| matches!(command, SubscriptionCommand::Unsubscribe(_)))
        {
            unsubscribed.push(core.events_of(job));
        }
        if !subscribed.is_empty() {
            sink.subscribe(subscribed).await?;
        }
        for reply in replies {
            // A caller that has gone away sends an unsubscribe command.
            let _gone = reply.send(());
        }
        if !unsubscribed.is_empty() {
            sink.unsubscribe(unsubscribed).await?;
        }
    }
    Ok(())
}

impl Subscribers {
    /// Makes up for missed messages.
    fn resynchronize(&self, core: &Arc<Core>) {
        self.ready.notify_waiters();
        self.inboxes.wake_all();
        tokio::spawn(Arc::clone(&self.hub).fill_gaps(Arc::clone(core)));
    }

    fn dispatch(&self, core: &Core, message: &Msg) {
        let Some(channel) = message.get_channel_name().strip_prefix(core.root.as_str()) else { return };
        let payload = message.get_payload_bytes();
        if channel == ":ready" {
            self.ready.notify_waiters();
        } else if let Some(job) = channel.strip_prefix(":of:").and_then(|job| job.parse().ok()) {
            self.hub.on_event(job, payload);
        } else if channel.starts_with(":to:") {
            self.inboxes.on_message(payload);
        }
    }
}

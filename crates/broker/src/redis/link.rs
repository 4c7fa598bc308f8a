//! The connection for commands: one for the whole process, with as many on the way as there are callers, made again
//! whenever it breaks.
//!
//! Nothing waits longer than the settings' patience. A connection on which an answer did not come in time is given up: it
//! may be half open, and nothing would ever come of it.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Script,
    ServerErrorKind, ToRedisArgs, Value, aio::MultiplexedConnection, cmd,
};
use tokio::{sync::Mutex, time::timeout};

use crate::BrokerError;

/// Commands that may be on their way into the connection before callers wait for room.
const PIPELINED: usize = 1024;

/// Why Redis did not do as told.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("Redis cannot be reached")]
    Connect(#[source] RedisError),
    #[error("Redis did not answer within {0:?}")]
    Slow(Duration),
    #[error("the connection to Redis ended")]
    Ended,
    #[error("Redis failed or refused")]
    Refused(#[from] RedisError),
}

/// Whether a command may be given again when nobody knows what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twice {
    /// The second time changes nothing, and its answer is as good as the first.
    Harmless,
    /// It would do or say something else.
    No,
}

/// The connection, or what makes it.
pub(super) struct Link {
    client: Client,
    patience: Duration,
    open: Mutex<Option<Numbered>>,
}

/// A connection, told from the one before it.
#[derive(Clone)]
struct Numbered {
    connection: MultiplexedConnection,
    number: Arc<()>,
}

impl Link {
    pub(super) fn new(client: Client, patience: Duration) -> Self {
        Self { client, patience, open: Mutex::default() }
    }

    /// Does as the call says.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        call: &Call,
        twice: Twice,
        step: &'static str,
    ) -> Result<T, BrokerError> {
        let answer = match self.ask_once(call).await {
            // A connection breaks at any time, most often because the server was started again meanwhile.
            Err(LinkError::Refused(error)) if twice == Twice::Harmless && error.is_unrecoverable_error() => {
                self.ask_once(call).await
            }
            other => other,
        };
        let read = answer.and_then(|value| Ok(redis::from_redis_value(value).map_err(RedisError::from)?));
        read.map_err(|error| error.while_trying_to(step))
    }

    async fn ask_once(&self, call: &Call) -> Result<Value, LinkError> {
        let Numbered { mut connection, number } = self.connection().await?;
        let answer = match timeout(self.patience, call.make(&mut connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if !error.is_unrecoverable_error() => return Err(error.into()),
            Ok(Err(error)) => error.into(),
            Err(_) => LinkError::Slow(self.patience),
        };
        self.give_up(&number).await;
        Err(answer)
    }

    /// The connection, made by whoever needs it first while the others wait for it.
    async fn connection(&self) -> Result<Numbered, LinkError> {
        let opening = async {
            let mut open = self.open.lock().await;
            if let Some(numbered) = &*open {
                return Ok(numbered.clone());
            }
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(self.patience))
                .set_response_timeout(None)
                .set_pipeline_buffer_size(PIPELINED);
            let connection = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await
                .map_err(LinkError::Connect)?;
            Ok(open.insert(Numbered { connection, number: Arc::new(()) }).clone())
        };
        timeout(self.patience, opening).await.unwrap_or(Err(LinkError::Slow(self.patience)))
    }

    /// Gives a connection up, unless somebody has and there is another.
    async fn give_up(&self, number: &Arc<()>) {
        let mut open = self.open.lock().await;
        if open.as_ref().is_some_and(|numbered| Arc::ptr_eq(&numbered.number, number)) {
            *open = None;
        }
    }
}

impl LinkError {
    pub(super) fn while_trying_to(self, step: &'static str) -> BrokerError {
        let is_away = match &self {
            Self::Connect(_) | Self::Slow(_) | Self::Ended => true,
            // Besides a broken connection: a server that is loading its data, or is not the one that takes writes.
            Self::Refused(error) => {
                error.is_unrecoverable_error() || error.code().is_some_and(|code| AWAY.contains(&code))
            }
        };
        let source = Box::new(self);
        if is_away {
            BrokerError::Unavailable { step, source }
        } else {
            BrokerError::Storage { step, source }
        }
    }
}

/// Answers of a server that is there and cannot serve now.
const AWAY: [&str; 7] =
    ["LOADING", "BUSY", "MASTERDOWN", "READONLY", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN"];

/// Something to be done: a script with what it is told, or a plain command.
pub(super) struct Call {
    script: Option<&'static Script>,
    command: Cmd,
}

impl Call {
    /// A script on the keys under this root.
    pub(super) fn script(script: &'static Script, root: &str) -> Self {
        let mut command = cmd("EVALSHA");
        command.arg(script.get_hash()).arg(1).arg(root);
        Self { script: Some(script), command }
    }

    /// A plain command.
    pub(super) fn command(name: &'static str) -> Self {
        Self { script: None, command: cmd(name) }
    }

    pub(super) fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        self.command.arg(arg);
        self
    }

    async fn make(&self, connection: &mut MultiplexedConnection) -> RedisResult<Value> {
        let answer = connection.send_packed_command(&self.command).await.and_then(Value::extract_error);
        match (answer, self.script) {
            // The server was started again and has forgotten it, or has never known it.
            (Err(error), Some(script)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                script.load_async(connection).await?;
                connection.send_packed_command(&self.command).await.and_then(Value::extract_error)
            }
            (answer, _) => answer,
        }
    }
}

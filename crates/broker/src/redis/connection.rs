//! Command connection: one multiplexed connection per process, made again after each failure.
//!
//! No operation waits longer than the configured timeout. A connection without a reply in time is discarded,
//! because it may be half open.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Script,
    ServerErrorKind, ToRedisArgs, Value, aio::MultiplexedConnection, cmd,
};
use tokio::{sync::Mutex, time::timeout};

use crate::BrokerError;

/// Commands that can be in the connection's buffer before callers wait.
const PIPELINE_BUFFER: usize = 1024;

/// Error of a command.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("Redis cannot be reached")]
    Connect(#[source] RedisError),
    #[error("Redis did not answer within {0:?}")]
    Timeout(Duration),
    #[error("the connection to Redis ended")]
    Closed,
    #[error("Redis failed or refused")]
    Server(#[from] RedisError),
}

/// Whether a command may be repeated after an unknown result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// Repeating it changes nothing and returns an equivalent reply.
    Idempotent,
    /// Repeating it could have another effect or reply.
    Never,
}

/// The connection, opened on demand.
pub(super) struct CommandConnection {
    client: Client,
    timeout: Duration,
    open: Mutex<Option<OpenConnection>>,
}

/// An open connection with an identity.
#[derive(Clone)]
struct OpenConnection {
    connection: MultiplexedConnection,
    id: Arc<()>,
}

impl CommandConnection {
    pub(super) fn new(client: Client, timeout: Duration) -> Self {
        Self { client, timeout, open: Mutex::default() }
    }

    /// Sends the call and decodes the reply.
    pub(super) async fn request<T: FromRedisValue>(
        &self,
        call: &Call,
        retry: Retry,
        step: &'static str,
    ) -> Result<T, BrokerError> {
        let answer = match self.request_once(call).await {
            // Connections break at any time, most often because the server was restarted.
            Err(ConnectionError::Server(error))
                if retry == Retry::Idempotent && error.is_unrecoverable_error() =>
            {
                self.request_once(call).await
            }
            other => other,
        };
        let read = answer.and_then(|value| Ok(redis::from_redis_value(value).map_err(RedisError::from)?));
        read.map_err(|error| error.with_step(step))
    }

    async fn request_once(&self, call: &Call) -> Result<Value, ConnectionError> {
        let OpenConnection { mut connection, id } = self.connection().await?;
        let answer = match timeout(self.timeout, call.send(&mut connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if !error.is_unrecoverable_error() => return Err(error.into()),
            Ok(Err(error)) => error.into(),
            Err(_) => ConnectionError::Timeout(self.timeout),
        };
        self.discard(&id).await;
        Err(answer)
    }

    /// The open connection. The first caller opens it while the others wait.
    async fn connection(&self) -> Result<OpenConnection, ConnectionError> {
        let opening = async {
            let mut open = self.open.lock().await;
            if let Some(connection) = &*open {
                return Ok(connection.clone());
            }
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(self.timeout))
                .set_response_timeout(None)
                .set_pipeline_buffer_size(PIPELINE_BUFFER);
            let connection = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await
                .map_err(ConnectionError::Connect)?;
            Ok(open.insert(OpenConnection { connection, id: Arc::new(()) }).clone())
        };
        timeout(self.timeout, opening).await.unwrap_or(Err(ConnectionError::Timeout(self.timeout)))
    }

    /// Discards a connection, unless it has been replaced already.
    async fn discard(&self, id: &Arc<()>) {
        let mut open = self.open.lock().await;
        if open.as_ref().is_some_and(|connection| Arc::ptr_eq(&connection.id, id)) {
            *open = None;
        }
    }
}

impl ConnectionError {
    pub(super) fn with_step(self, step: &'static str) -> BrokerError {
        let is_unavailable = match &self {
            Self::Connect(_) | Self::Timeout(_) | Self::Closed => true,
            // Besides a broken connection: a server that loads its data or does not accept writes.
            Self::Server(error) => {
                error.is_unrecoverable_error()
                    || error.code().is_some_and(|code| UNAVAILABLE_CODES.contains(&code))
            }
        };
        let source = Box::new(self);
        if is_unavailable {
            BrokerError::Unavailable { step, source }
        } else {
            BrokerError::Storage { step, source }
        }
    }
}

/// Error codes of a reachable server that cannot serve now.
const UNAVAILABLE_CODES: [&str; 7] =
    ["LOADING", "BUSY", "MASTERDOWN", "READONLY", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN"];

/// A call: a script with arguments, or a plain command.
pub(super) struct Call {
    script: Option<&'static Script>,
    command: Cmd,
}

impl Call {
    /// A script on the keys with this prefix.
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

    async fn send(&self, connection: &mut MultiplexedConnection) -> RedisResult<Value> {
        let answer = connection.send_packed_command(&self.command).await.and_then(Value::extract_error);
        match (answer, self.script) {
            // The server was restarted or has never loaded the script.
            (Err(error), Some(script)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                script.load_async(connection).await?;
                connection.send_packed_command(&self.command).await.and_then(Value::extract_error)
            }
            (answer, _) => answer,
        }
    }
}

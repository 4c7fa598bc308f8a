//! Metrics of a listener's connections.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

use super::connection_limits::ConnectionLimitError;

const OPEN: &str = "coderunner_connections_open";
const REFUSED: &str = "coderunner_connections_refused_total";
const TIMED_OUT: &str = "coderunner_connections_timed_out_total";
const ACCEPT_ERRORS: &str = "coderunner_accept_errors_total";

/// The wait that timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeoutKind {
    /// The head of a request.
    Head,
    /// The next request.
    Request,
    /// The body of a request.
    Body,
    /// Reading of a response.
    Reader,
}

#[derive(Debug)]
pub(crate) struct Metrics {
    open: Gauge,
    refused_total: Counter,
    refused_client: Counter,
    head: Counter,
    request: Counter,
    body: Counter,
    reader: Counter,
    accept_errors: Counter,
}

impl Metrics {
    pub(super) fn of(listener: &'static str) -> Self {
        let refused = |reason: &'static str| counter!(REFUSED, "listener" => listener, "reason" => reason);
        let timed_out =
            |awaited: &'static str| counter!(TIMED_OUT, "listener" => listener, "awaited" => awaited);
        Self {
            open: gauge!(OPEN, "listener" => listener),
            refused_total: refused("total"),
            refused_client: refused("client"),
            head: timed_out("head"),
            request: timed_out("request"),
            body: timed_out("body"),
            reader: timed_out("reader"),
            accept_errors: counter!(ACCEPT_ERRORS, "listener" => listener),
        }
    }

    pub(super) fn count_opened(&self) {
        self.open.increment(1.0);
    }

    pub(super) fn count_closed(&self) {
        self.open.decrement(1.0);
    }

    pub(super) fn count_refused(&self, error: ConnectionLimitError) {
        match error {
            ConnectionLimitError::Total => self.refused_total.increment(1),
            ConnectionLimitError::Client(_) => self.refused_client.increment(1),
        }
    }

    pub(super) fn timed_out(&self, awaited: TimeoutKind) {
        match awaited {
            TimeoutKind::Head => self.head.increment(1),
            TimeoutKind::Request => self.request.increment(1),
            TimeoutKind::Body => self.body.increment(1),
            TimeoutKind::Reader => self.reader.increment(1),
        }
    }

    pub(crate) fn accept_failed(&self) {
        self.accept_errors.increment(1);
    }
}

/// Registers the metrics with their descriptions.
pub(crate) fn describe() {
    describe_gauge!(OPEN, "Connections that are open now, by listener.");
    describe_counter!(
        REFUSED,
        "Connections, and requests through trusted proxies, that were one too many: in total, or of one client."
    );
    describe_counter!(
        TIMED_OUT,
        "Connections that were given up, by what the client was awaited for: the head of a request, the next request, a body, or to read an answer."
    );
    describe_counter!(
        ACCEPT_ERRORS,
        "Connections that could not be accepted, for want of descriptors or memory."
    );
}

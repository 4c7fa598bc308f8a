//! One run as the worker sees it: input goes in, output comes out, until the program has ended and its output with it.

use std::{os::fd::OwnedFd, sync::Arc, time::Duration};

use kernel::Terminal;
use model::Stream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    Program, SandboxError,
    capture::{Caps, Capture},
    ending::Asked,
    input::{Input, Step, Way},
    live::Live,
    protocol::{Answer, Order, RunFacts},
    slot::Slot,
};

/// A run that has been started.
pub(crate) struct Watch {
    pub(crate) capture: Capture,
    input: Input,
    /// How long it may be quiet, and since when it is.
    idle: Option<Duration>,
    quiet_since: Instant,
    facts: Option<RunFacts>,
    asked: Option<Asked>,
}

impl Watch {
    /// Over these ends of the program's, which are its pipes or its terminal; `None` if they are neither.
    pub(crate) fn new(
        ends: Vec<OwnedFd>,
        program: &Program,
        live: Option<Live>,
    ) -> std::io::Result<Option<Self>> {
        let idle = live.as_ref().and_then(|live| live.idle);
        let caps = Caps { limit: program.limits.output, kept: program.kept };
        let Some((way, capture)) = open(ends, caps)? else { return Ok(None) };
        let input = Input::new(way, &program.stdin, live);
        let quiet_since = Instant::now();
        Ok(Some(Self { capture, input, idle, quiet_since, facts: None, asked: None }))
    }

    /// Waits until the run has ended and its output with it.
    pub(crate) async fn wait(
        &mut self,
        slot: &Slot,
        stop: &CancellationToken,
        sink: &mut (dyn FnMut(Stream, &[u8]) + Send),
    ) -> Result<(RunFacts, Option<Asked>), SandboxError> {
        loop {
            if let Some(facts) = self.facts
                && !self.capture.is_open()
            {
                return Ok((facts, self.asked));
            }
            let runs = self.facts.is_none();
            let stopping = tokio::select! {
                piece = self.capture.next(), if self.capture.is_open() => {
                    self.quiet_since = Instant::now();
                    piece.map_err(SandboxError::Connection)?.and_then(|piece| {
                        sink(piece.stream, &piece.bytes);
                        piece.overrun.then_some(Asked::OutputLimit)
                    })
                }
                answer = slot.answer(), if runs => {
                    let (Answer::Ended(facts), _) = answer? else { return Err(slot.out_of_turn()) };
                    self.facts = Some(facts);
                    None
                }
                step = self.input.step(slot), if runs => match step? {
                    Step::Heard => {
                        self.quiet_since = Instant::now();
                        None
                    }
                    Step::Wrote => None,
                    Step::End(why) => Some(why),
                },
                () = quiet_for(self.idle, self.quiet_since), if runs && self.asked.is_none() => Some(Asked::IdleLimit),
                () = stop.cancelled(), if runs && self.asked.is_none() => Some(Asked::Cancelled),
            };
            self.stop(stopping, slot)?;
        }
    }

    fn stop(&mut self, why: Option<Asked>, slot: &Slot) -> Result<(), SandboxError> {
        if why.is_some() && self.asked.is_none() {
            self.asked = why;
            if self.facts.is_none() {
                slot.order(&Order::Stop, &[])?;
            }
        }
        Ok(())
    }
}

fn open(mut ends: Vec<OwnedFd>, caps: Caps) -> std::io::Result<Option<(Way, Capture)>> {
    if ends.is_empty() {
        return Ok(None);
    }
    let first = ends.remove(0);
    if ends.is_empty() {
        let terminal = Arc::new(Terminal::new(first)?);
        return Ok(Some((Way::Terminal(terminal.clone()), Capture::of_terminal(terminal, caps))));
    }
    Ok(Capture::new(ends, caps)?.zip(Some(Input::pipe(first)?)).map(|(capture, way)| (way, capture)))
}

async fn quiet_for(idle: Option<Duration>, since: Instant) {
    match idle {
        Some(idle) => sleep_until(since + idle).await,
        None => std::future::pending().await,
    }
}

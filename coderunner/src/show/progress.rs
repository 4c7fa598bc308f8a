//! Progress bars of the verifier on a terminal, and Ctrl-C.

use std::{
    future::{self, Future},
    pin::Pin,
    sync::LazyLock,
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::terminal;
use verifier::{Console, Progress};

/// All bars, one below the other.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));

/// The terminal that a command was started in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TerminalConsole;

impl Console for TerminalConsole {
    fn progress(&self, items: &str) -> Box<dyn Progress> {
        Box::new(Bar::new(items))
    }

    fn interruption(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async {
            if tokio::signal::ctrl_c().await.is_err() {
                // The signal keeps its usual effect, which is the end of the process.
                future::pending::<()>().await;
            }
        })
    }
}

/// A bar on standard error, if that is a terminal, and gone when it is dropped.
#[derive(Debug)]
struct Bar(ProgressBar);

impl Bar {
    /// A bar that counts these items.
    fn new(items: &str) -> Self {
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {prefix}  {wide_msg}");
        let bar = BARS.add(ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        bar.set_prefix(items.to_owned());
        // A test may take long, and nothing ever just stands.
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }
}

impl Progress for Bar {
    fn expect(&self, more: usize) {
        self.0.inc_length(more as u64);
    }

    fn current(&self, name: &str) {
        self.0.set_message(terminal::line(name));
    }

    fn done(&self, count: usize) {
        self.0.inc(count as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        BARS.remove(&self.0);
    }
}

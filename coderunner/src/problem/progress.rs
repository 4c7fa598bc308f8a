//! Progress bars, on a terminal only.

use std::{sync::LazyLock, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::show;

/// All bars, one below the other.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));

/// A bar on standard error, if that is a terminal, and gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar that counts these things.
    pub(crate) fn of(what: &str) -> Self {
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {prefix}  {wide_msg}");
        let bar = BARS.add(ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        bar.set_prefix(what.to_owned());
        // A test may take long, and nothing ever just stands.
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// There is this much more to do.
    pub(crate) fn expect(&self, more: usize) {
        self.bar.inc_length(more as u64);
    }

    /// Shows the current item.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(show::line(what));
    }

    /// So much is done.
    pub(crate) fn done(&self, count: usize) {
        self.bar.inc(count as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        BARS.remove(&self.bar);
    }
}

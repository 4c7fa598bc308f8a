//! Console: the side of the user, who watches progress and may interrupt.

use futures_util::future::BoxFuture;

/// Display of progress, and source of interruption.
pub trait Console: Send + Sync {
    /// Begins to show the progress of work on these items ("tests"), until the value is dropped.
    fn progress(&self, items: &str) -> Box<dyn Progress>;

    /// Completes when the user interrupts. It is called once, when sandboxes have been made: an interruption before ends the process.
    fn interruption(&self) -> BoxFuture<'static, ()>;
}

/// Progress of one kind of work.
pub trait Progress: Send + Sync {
    /// There is this much more to do.
    fn expect(&self, more: usize);

    /// Shows the name of the current item, which may be any text.
    fn current(&self, name: &str);

    /// So much is done.
    fn done(&self, count: usize);
}

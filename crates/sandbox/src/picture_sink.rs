//! Sink of pictures: receives what a program shows while it runs, in order with its output.

use std::{fmt, sync::Arc};

use model::{Picture, PictureLimits};

/// Receiver of a run's pictures, which are then no output, and their limits.
#[derive(Clone)]
pub struct PictureSink {
    pub(crate) limits: PictureLimits,
    receive: Arc<dyn Fn(Picture) + Send + Sync>,
}

impl PictureSink {
    /// A sink that passes each picture to this function.
    pub fn new(limits: PictureLimits, receive: impl Fn(Picture) + Send + Sync + 'static) -> Self {
        Self { limits, receive: Arc::new(receive) }
    }

    pub(crate) fn send(&self, picture: Picture) {
        (self.receive)(picture);
    }
}

impl fmt::Debug for PictureSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureSink").field("limits", &self.limits).finish_non_exhaustive()
    }
}

//! Sandboxes in this process, made as a server on this machine would make them.

use std::sync::Arc;

use languages::Registry;
use sandbox::{Pool, Warm};

use crate::{
    cli::ConfigArgs,
    config::Config,
    host::{self, Room},
    log,
};

/// The configuration in force and the languages of this machine.
#[derive(Debug)]
pub struct Local {
    config: Config,
    languages: Arc<Registry>,
}

impl Local {
    /// Reads the configuration from its usual places, begins the log, and looks for the toolchains of all languages.
    ///
    /// # Errors
    ///
    /// A configuration or a language file that is not valid.
    pub fn load() -> anyhow::Result<Self> {
        let config = Config::load(&ConfigArgs::default())?;
        log::init_for_command(&config.log)?;
        let languages = Arc::new(host::languages(&config)?);
        Ok(Self { config, languages })
    }

    /// The languages that can be run here.
    pub fn languages(&self) -> &Arc<Registry> {
        &self.languages
    }

    /// A pool of this many slots, which may exist beside a server. `number` tells pools apart that exist at the same
    /// time: 0, 1, 2, and so on.
    ///
    /// # Errors
    ///
    /// If sandboxes cannot be made here.
    pub async fn pool(&self, slots: u32, number: u32, warm: Vec<Warm>) -> anyhow::Result<Pool> {
        let room = Room::beside_a_server(&self.config);
        // Two ids for each slot.
        let room = Room { slots, first_id: room.first_id + 2 * slots * number, ..room };
        host::pool(room, warm, &self.languages).await
    }

    /// Sandboxes to be made ahead in which this language's runtime waits; none where it is not installed.
    ///
    /// # Errors
    ///
    /// If there is no such language, or its runtime cannot be started ahead.
    pub fn warm_runtime(&self, language: &str, count: u32) -> anyhow::Result<Option<Warm>> {
        host::warm_runtime(language, count, &self.languages)
    }
}

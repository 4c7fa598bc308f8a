//! Local sandboxes for benchmarks: made in this process as a server on this machine would make them.

use std::sync::Arc;

use host::{Pool, PoolBudget, PreparedKind};
use languages::Registry;

use crate::{
    config::{Config, ConfigArgs},
    log,
};

/// The settings in force and the languages of this machine.
#[derive(Debug)]
pub struct Local {
    settings: host::Settings,
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
        let settings = config.host();
        let languages = Arc::new(host::languages(&settings)?);
        Ok(Self { settings, languages })
    }

    /// The languages that can be run here.
    pub fn languages(&self) -> &Arc<Registry> {
        &self.languages
    }

    /// A pool of this many slots, which may exist beside a server. `number` distinguishes pools that exist at the
    /// same time: 0, 1, 2, and so on.
    ///
    /// # Errors
    ///
    /// If sandboxes cannot be made here.
    pub async fn pool(&self, slots: u32, number: u32, warm: Vec<PreparedKind>) -> anyhow::Result<Pool> {
        let budget = PoolBudget::beside_server(&self.settings);
        // Two ids for each slot.
        let budget = PoolBudget { slots, first_id: budget.first_id + 2 * slots * number, ..budget };
        Ok(host::start_pool(budget, warm, &self.languages).await?)
    }

    /// Sandboxes to be made ahead in which this language's runtime waits; none where it is not installed.
    ///
    /// # Errors
    ///
    /// If there is no such language, or its runtime cannot be started ahead.
    pub fn warm_runtime(&self, language: &str, count: u32) -> anyhow::Result<Option<PreparedKind>> {
        Ok(host::warm_runtime(language, count, &self.languages)?)
    }
}

//! Settings of the machine: input of the crate `host`, combined from several sections.

use std::time::Duration;

use model::Bytes;

use super::Config;

impl Config {
    /// The settings for the crate `host`.
    pub(crate) fn host(&self) -> host::Settings {
        let Self { sandbox, languages, .. } = self;
        host::Settings {
            data: self.data.clone(),
            language_folder: languages.folder.clone(),
            prepare: languages.prepare,
            slots: self.worker.slots,
            first_id: sandbox.first_id,
            warm: sandbox.warm.clone(),
            warm_memory: Bytes::mib(sandbox.warm_memory_mib.into()),
            memory: Some(sandbox.memory_mib).filter(|mebibytes| *mebibytes > 0).map(Bytes::mib),
            compile_cache: Bytes(self.compile_cache.bytes),
            artifacts: Bytes(self.artifacts.max_bytes),
            timeout: Duration::from_secs(sandbox.answer_seconds.into()),
            pools: self.pools.pools().configured,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_defaults_are_those_of_the_crate_host() {
        let settings = Config::default().host();
        assert_eq!(format!("{settings:?}"), format!("{:?}", host::Settings::default()));
    }
}

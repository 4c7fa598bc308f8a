//! Settings of the machine, out of several sections: what the crates `host` and `verifier` need to run programs here.

use std::time::Duration;

use model::Bytes;

use super::root::Config;

impl Config {
    /// How many live sessions there may be.
    pub(crate) fn sessions(&self) -> u32 {
        let settings = self.host();
        host::MemoryBudget::of_this_host(&settings).sessions(&settings)
    }

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
            sessions: self.session.max,
            waiting_memory: self.session.waiting_memory_mib.map(Bytes::mib),
            compile_cache: Bytes(self.compile_cache.bytes),
            artifacts: Bytes(self.artifacts.max_bytes),
            timeout: Duration::from_secs(sandbox.answer_seconds.into()),
            pools: self.pools.pools().configured,
        }
    }
}

impl Config {
    /// The settings for the crate `verifier`.
    pub(crate) fn verifier(&self) -> verifier::Settings {
        verifier::Settings {
            host: self.host(),
            compile_cache: self.compile_cache.settings(),
            validators: self.grading.validators.limits(),
            problem_memory: self.grading.problem_memory(),
            problem_output: self.grading.problem_output(),
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

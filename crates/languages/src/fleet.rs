//! Fleet: toolchains of all workers of an installation, as far as this process knows.
//!
//! A process that runs programs itself knows its own toolchains from the start. Other workers announce theirs
//! with each heartbeat; they are remembered for a while after a worker is gone, so that jobs wait during a
//! restart. A process without toolchains that has received no announcement rejects nothing: the first worker
//! may be starting.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{PoisonError, RwLock},
    time::Duration,
};

use model::{LanguageId, Timestamp, ToolchainInfo, VersionRequirement};

use crate::{Availability, Language, Registry};

/// Time for which a worker's toolchains are remembered after its last announcement.
pub const ANNOUNCEMENT_TTL: Duration = Duration::from_mins(5);

/// The languages and the toolchains that workers have for them.
#[derive(Debug)]
pub struct Fleet {
    registry: Registry,
    /// This process's own toolchains; `None` if it runs no programs.
    own: Option<Vec<ToolchainInfo>>,
    announced: RwLock<BTreeMap<ToolchainInfo, Timestamp>>,
    /// Languages that no present worker has yet, and some worker is preparing.
    preparing: RwLock<BTreeSet<LanguageId>>,
}

/// Whether some worker can run a job's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    /// One can, or may be able to.
    Runnable,
    /// No worker can.
    NotRunnable {
        /// The available toolchains of the language, newest version first.
        alternatives: Vec<ToolchainInfo>,
        /// The reason, if there is no toolchain at all.
        reason: String,
    },
}

impl Fleet {
    /// A fleet for a process that runs programs itself.
    pub fn with_local_toolchains(registry: Registry) -> Self {
        let own = [registry.toolchains(), registry.preparing_toolchains()].concat();
        Self { own: Some(own), registry, announced: RwLock::default(), preparing: RwLock::default() }
    }

    /// A fleet for a process that runs no programs.
    pub fn without_local_toolchains(registry: Registry) -> Self {
        Self { own: None, registry, announced: RwLock::default(), preparing: RwLock::default() }
    }

    /// The languages, independent of workers.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Records the toolchains of present workers, and forgets those that were not announced for a while.
    pub fn announce(&self, offers: impl IntoIterator<Item = ToolchainInfo>, now: Timestamp) {
        // The map is consistent after every statement, so a panic elsewhere leaves it usable.
        let mut announced = self.announced.write().unwrap_or_else(PoisonError::into_inner);
        announced.extend(offers.into_iter().map(|offer| (offer, now)));
        announced.retain(|_, at| now.since(*at) <= ANNOUNCEMENT_TTL);
    }

    /// Records the toolchains that present workers are preparing. No job is rejected for the lack of them.
    pub fn announce_preparing(&self, offers: &[ToolchainInfo], to_come: &[ToolchainInfo], now: Timestamp) {
        self.announce(to_come.iter().cloned(), now);
        let is_there = |language: &LanguageId| offers.iter().any(|offer| offer.language == *language);
        let languages = to_come.iter().map(|offer| offer.language.clone());
        let languages = languages.filter(|language| !is_there(language)).collect();
        *self.preparing.write().unwrap_or_else(PoisonError::into_inner) = languages;
    }

    /// Whether a job in this language must wait for a toolchain to be prepared.
    pub fn is_being_prepared(&self, language: &LanguageId) -> bool {
        let here = self.registry.all().any(|one| one.id == *language && one.is_being_prepared());
        here || self.preparing.read().unwrap_or_else(PoisonError::into_inner).contains(language)
    }

    /// The toolchains of this language, newest version first.
    pub fn toolchains(&self, language: &LanguageId) -> Vec<ToolchainInfo> {
        let announced = self.announced.read().unwrap_or_else(PoisonError::into_inner);
        let all = self.own.iter().flatten().chain(announced.keys());
        let mut offers: Vec<ToolchainInfo> =
            all.filter(|offer| offer.language == *language).cloned().collect();
        offers.sort_by(|a, b| b.cmp_version(a));
        offers.dedup();
        offers
    }

    /// Whether a program in this language and version can be run.
    pub fn can_run(&self, language: &Language, version: Option<&VersionRequirement>) -> Capability {
        if self.has_no_toolchains() || self.has(&language.id, version) {
            return Capability::Runnable;
        }
        let reason = match &language.availability {
            Availability::Unavailable { reason } if self.own.is_some() => reason.clone(),
            _ => "no worker that is about has it".to_owned(),
        };
        Capability::NotRunnable { alternatives: self.toolchains(&language.id), reason }
    }

    /// Called for each submission, so nothing is copied.
    fn has(&self, language: &LanguageId, version: Option<&VersionRequirement>) -> bool {
        let announced = self.announced.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |offer: &ToolchainInfo| version.is_none_or(|wanted| wanted.is_met_by(&offer.version));
        self.own
            .iter()
            .flatten()
            .chain(announced.keys())
            .any(|offer| offer.language == *language && fits(offer))
    }

    fn has_no_toolchains(&self) -> bool {
        self.own.is_none() && self.announced.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::{Host, ProbeError, builtin_files};

    /// A machine with nothing on it.
    struct HostWithoutToolchains;

    impl Host for HostWithoutToolchains {
        fn executable(&self, _path: &Path) -> Option<PathBuf> {
            None
        }

        fn exists(&self, _path: &Path) -> bool {
            false
        }

        fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
            Err(ProbeError::Failed("nothing is here".to_owned()))
        }
    }

    fn bare() -> Registry {
        Registry::load(builtin_files(), &HostWithoutToolchains).expect("the built-in languages are sound")
    }

    fn python(version: &str) -> ToolchainInfo {
        let (language, version) = (LanguageId::new("python"), version.to_owned());
        ToolchainInfo { language, version, description: "CPython".to_owned(), libraries: Vec::new() }
    }

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn can_run(fleet: &Fleet, language: &str, version: Option<&str>) -> Capability {
        let version = version.map(|text| text.parse().expect("a requirement"));
        fleet.can_run(fleet.registry().find(language).expect("it is known"), version.as_ref())
    }

    #[test]
    fn before_anything_was_heard_nothing_is_refused() {
        let fleet = Fleet::without_local_toolchains(bare());
        assert_eq!(can_run(&fleet, "python", Some(">=4")), Capability::Runnable);
        fleet.announce([python("3.11.2")], at(0));
        assert_eq!(can_run(&fleet, "python", Some(">=3.10")), Capability::Runnable);
        let unable = Capability::NotRunnable {
            alternatives: vec![python("3.11.2")],
            reason: "no worker that is about has it".to_owned(),
        };
        assert_eq!(can_run(&fleet, "python", Some(">=4")), unable);
        assert!(
            matches!(can_run(&fleet, "ruby", None), Capability::NotRunnable { alternatives, .. } if alternatives.is_empty())
        );
    }

    #[test]
    fn who_runs_programs_knows_what_there_is_from_the_start() {
        let fleet = Fleet::with_local_toolchains(bare());
        let Capability::NotRunnable { reason, .. } = can_run(&fleet, "python", None) else {
            panic!("nothing is here")
        };
        assert!(reason.contains("python3"), "{reason}");
        fleet.announce([python("3.11.2")], at(0));
        assert_eq!(can_run(&fleet, "python", None), Capability::Runnable, "another worker has it");
    }

    #[test]
    fn what_workers_had_is_remembered_for_a_while() {
        let fleet = Fleet::without_local_toolchains(bare());
        fleet.announce([python("3.9.1"), python("3.11.2")], at(0));
        fleet.announce([python("3.9.1")], at(60));
        assert_eq!(fleet.toolchains(&LanguageId::new("python")), [python("3.11.2"), python("3.9.1")]);
        fleet.announce([], at(60 + 299));
        assert_eq!(fleet.toolchains(&LanguageId::new("python")), [python("3.9.1")]);
        fleet.announce([], at(60 + 301));
        assert_eq!(fleet.toolchains(&LanguageId::new("python")), []);
    }

    #[test]
    fn what_is_being_prepared_is_waited_for_and_not_refused() {
        let fleet = Fleet::without_local_toolchains(bare());
        let ruby = LanguageId::new("ruby");
        let python = [python("3.11.2")];
        let to_come = [ToolchainInfo {
            language: ruby.clone(),
            version: "3.1".to_owned(),
            description: "Ruby".to_owned(),
            libraries: Vec::new(),
        }];
        fleet.announce(python.clone(), at(0));
        fleet.announce_preparing(&python, &to_come, at(0));
        assert_eq!(can_run(&fleet, "ruby", None), Capability::Runnable);
        assert!(fleet.is_being_prepared(&ruby) && !fleet.is_being_prepared(&LanguageId::new("python")));
        fleet.announce_preparing(&to_come, &to_come, at(1));
        assert!(!fleet.is_being_prepared(&ruby), "another worker has it already");
    }

    #[test]
    fn a_registry_and_its_copies_know_the_same_of_what_is_prepared() {
        let registry =
            Registry::builtin(&crate::SystemHost::new()).expect("the built-in languages are sound");
        let (fleet, bash) = (Fleet::with_local_toolchains(registry.clone()), LanguageId::new("bash"));
        let offers_bash =
            |registry: &Registry| registry.toolchains().iter().any(|offer| offer.language == bash);
        assert!(offers_bash(&registry) && !fleet.is_being_prepared(&bash));
        registry.set_being_prepared(&bash);
        assert!(!offers_bash(&registry) && registry.preparing_toolchains().len() == 1);
        assert!(
            fleet.is_being_prepared(&bash)
                && fleet.can_run(fleet.registry().find("bash").expect("known"), None) == Capability::Runnable
        );
        registry.set_prepared(&bash, None);
        assert!(offers_bash(&registry) && !fleet.is_being_prepared(&bash));
    }
}

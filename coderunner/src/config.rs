//! Configuration: defaults, a file, the environment and options; each source overrides those before it.
//!
//! Each setting is a record in a section ([`setting`]): its type, default, check and documentation stand in one place.
//! [`root`] is the section that has all others. Loading ([`load`]) takes values of all sources ([`sources`]), checks each by
//! its record, and then what has to fit together.

mod allowed;
mod broker;
mod checks;
mod choice;
mod combination;
mod connection_limits;
mod connections;
mod engines;
mod gateway;
mod gateway_settings;
mod grading;
mod index;
mod kind;
mod load;
mod machine;
mod options;
mod records;
mod root;
mod secret;
pub(crate) mod setting;
mod show;
mod sources;
mod storage;
mod submissions;
mod traffic;
mod traffic_limits;
mod validators;
mod webhooks;
mod worker;

pub(crate) use self::{
    choice::{LogFormat, Throttle},
    engines::{Engines, variables},
    load::{ConfigError, LoadedConfig},
    options::{ConfigArgs, SettingArgs},
    root::Config,
    secret::SecretUrl,
    show::{guide, in_force},
    storage::{CompileCacheConfig, LogConfig},
};

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Config, index, load::refuse, traffic::TrafficConfig};

    #[test]
    fn without_memory_for_those_that_wait_sessions_are_half_of_the_slots() {
        let most = |text: &str| Config::parse_valid(text).sessions();
        let with_slots =
            |slots| most(&format!("[worker]\nslots = {slots}\n[session]\nwaiting_memory_mib = 0"));
        assert_eq!([1, 2, 7, 8].map(with_slots), [1, 1, 4, 4]);
        assert_eq!(most("[session]\nwaiting_memory_mib = 160\n[worker]\nslots = 2"), 11);
        assert_eq!(most("[session]\nmax = 9"), 9);
        assert_eq!(most("[session]\nmax = 0"), 0, "none at all");
    }

    #[test]
    fn the_usual_limits_on_traffic_are_the_documented_ones() {
        let defaults = Config::default();
        let TrafficConfig { shed_low_above, shed_low_until, shed_normal_above, .. } = defaults.traffic;
        assert_eq!((shed_low_above, shed_low_until, shed_normal_above), (1000, 500, 2000));
        assert_eq!((defaults.traffic.runs_per_minute_per_slot, defaults.breaker.failures), (0, 5));
        assert_eq!((defaults.grading.max_seconds, defaults.content.time_limit_ms), (60, 2000));
        assert_eq!((defaults.content.max_tests, defaults.content.suite_bytes), (1000, 16 * 1024 * 1024));
        let plans = index::find("plans").and_then(|plans| plans.default.clone()).expect("there are some");
        let submissions = plans["standard"]["submissions"].as_str();
        assert_eq!(submissions, Some("burst 10 at 2/s, 10/min, 100/h, 500/day"));
    }

    #[test]
    fn values_without_sense_are_refused_by_name() {
        for text in [
            "sandbox.first_id = 4294967295",
            "sandbox.first_id = 0",
            "sandbox.memory_mib = 31",
            "sandbox.memory_mib = 9223372036854775807",
            "worker.slots = 0",
            "worker.slots = 1001",
            "worker.canary_seconds = 86401",
            "worker.canary_failures = 0",
            "session.max = 9223372036854775807",
            "session.idle_ms = 0",
            "session.wall_ms = 86400001",
            "content.max_tests = 0",
            "content.max_tests = 100001",
            "content.suite_bytes = 1073741825",
            "content.time_limit_ms = 0",
            "grading.max_seconds = 0",
            "grading.shown_bytes = 268435457",
            "artifacts.max_files = 1001",
            "artifacts.max_bytes = 1073741825",
            "results.keep_days = 0",
            "shares.keep_days = 0",
            "shares.max_bytes = 1023",
            "shares.max_bytes = 4194305",
            "max_waiting = 99",
        ] {
            let (name, _) = text.split_once(" = ").expect("a setting");
            refuse(text, &format!("c.toml, line 1: {name} must be a whole number "));
        }
    }

    #[test]
    fn whatever_a_configuration_says_can_be_done_or_is_refused() {
        fuzzkit::try_corpus_and_mutations("configuration", |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let Ok(config) = Config::of_text(text) else { return };
            assert!(
                config.session.settings(config.sessions()).max_sessions
                    <= tokio::sync::Semaphore::MAX_PERMITS
            );
            assert!(config.session.wall() < Duration::from_hours(25));
            let first_id = config.sandbox.first_id;
            assert!(host::first_id_beside_server(first_id) > first_id);
            assert!(host::first_id_of_many_slots(first_id) > host::first_id_beside_server(first_id));
            let _no_overflow = (config.results.retention(), host::MemoryBudget::of_this_host(&config.host()));
        });
    }
}

//! Content: verification of every bundled problem with its example submissions, in a sandbox.

use std::{collections::BTreeSet, path::Path, time::Duration};

use testkit::Invocation;

/// Submissions that are too slow are run until that is sure, on every test.
const PATIENCE: Duration = Duration::from_mins(4);

fn problems() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/problems")
}

async fn verify(problem: &str) {
    let folder = problems().join(problem);
    let ended = Invocation::new(["verify", &folder.to_string_lossy()]).with_timeout(PATIENCE).output().await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
}

/// A test for each problem, so that they are verified side by side and named when they fail.
macro_rules! verified {
    ($($test:ident: $problem:literal,)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                verify($problem).await;
            }
        )*

        #[test]
        fn no_problem_is_left_out() {
            let entries = std::fs::read_dir(problems()).expect("a folder");
            let there: BTreeSet<_> =
                entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
            assert_eq!(there, BTreeSet::from([$($problem.to_owned()),*]));
        }
    };
}

verified! {
    cake_sale_verifies: "cake-sale",
    cooking_timer_verifies: "cooking-timer",
    cooling_coffee_verifies: "cooling-coffee",
    door_robot_verifies: "door-robot",
    dragon_caves_verifies: "dragon-caves",
    e_bike_verifies: "e-bike",
    foggy_summit_verifies: "foggy-summit",
    garden_diary_verifies: "garden-diary",
    laser_museum_verifies: "laser-museum",
    password_maker_verifies: "password-maker",
    school_bus_verifies: "school-bus",
    science_fair_verifies: "science-fair",
}

//! Problem numbers are permanent.

use futures_util::future::join_all;
use model::ProblemId;
use store::{PackageKey, ProblemNumber};

use super::Engine;

pub(crate) async fn a_problem_keeps_its_number_when_others_are_added(engine: &dyn Engine) {
    let by_folder = |name: &str| PackageKey::Folder(name.to_owned());
    let id = ProblemId::from_u128(5);
    let store = engine.open().await;
    let mut first = Vec::new();
    for package in [by_folder("fizz"), PackageKey::Id(id), by_folder("sum")] {
        first.push(store.number_problem(&package).await.expect("is numbered"));
    }
    assert_eq!(first.iter().map(|numbered| numbered.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(first[1], ProblemNumber { id, number: 2 });
    assert_ne!(first[0].id, first[2].id);
    store.close().await;

    let store = engine.open().await;
    let added = store.number_problem(&by_folder("add")).await.expect("is numbered");
    assert_eq!(added.number, 4);
    for (package, before) in [by_folder("fizz"), PackageKey::Id(id), by_folder("sum")].iter().zip(first) {
        assert_eq!(store.number_problem(package).await.expect("has one"), before);
    }
}

pub(crate) async fn concurrently_added_problems_get_distinct_numbers(engine: &dyn Engine) {
    let store = engine.open().await;
    let names: Vec<_> = (0..100).map(|n| PackageKey::Folder(format!("p{n}"))).collect();
    let numbered = join_all(names.iter().map(|name| store.number_problem(name))).await;
    let mut numbers: Vec<u64> =
        numbered.into_iter().map(|numbered| numbered.expect("is numbered").number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}

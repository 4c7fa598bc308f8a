//! Compile cache: compiler output by the content of its input, so that the same program is compiled once.
//!
//! Only the runner writes here, with what lay in a sandbox right after our compile step, before any program of the
//! submission ran. A source may make a compiler write anything, but whatever that is, only the very same sources get it
//! (`docs/adr/0010`). In memory and no longer than the process, so nobody else can have written it either.

use std::sync::Arc;

use model::{Bytes, Ending, Outcome};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter, sync};
use sandbox::{Collect, CollectedFiles, FileSelection, SandboxFile};

use crate::compile_key::CompileKey;

/// Number of outputs are expected to fit; only a hint.
const EXPECTED_ENTRIES: usize = 1024;

/// Approximate size of an entry without its bytes.
const ENTRY_OVERHEAD: u64 = 512;

/// Outputs of compilers. A handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct CompileCache {
    entries: Arc<EntryCache>,
    max_entry: Bytes,
}

type EntryCache = sync::Cache<CompileKey, Entry, EntryWeighter>;

/// Capacity of a [`CompileCache`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileCacheSettings {
    /// All together.
    pub total: Bytes,
    /// Size of one compilation; a larger one is not cached.
    pub max_entry: Bytes,
}

/// A compilation that ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompileOutput {
    /// Its outcome, which may be a failure.
    pub(crate) outcome: Outcome,
    /// Files that it left in the work folder, beyond the sources.
    pub(crate) files: Vec<SandboxFile>,
}

#[derive(Debug, Clone)]
enum Entry {
    Compiled(Arc<CompileOutput>),
    /// Not to be kept: whoever waits must compile for themselves. Gone as soon as they have been told.
    Nothing,
}

/// Cached content of a key.
pub(crate) enum CacheLookup<'a> {
    /// It has been compiled.
    Compiled(Arc<CompileOutput>),
    /// It has not. Whoever else asks waits until the place is used or dropped.
    Missing(PendingEntry<'a>),
    /// It has been tried, and there is nothing to keep.
    NotCacheable,
}

/// The right to say what came of a compilation.
pub(crate) struct PendingEntry<'a> {
    cache: &'a CompileCache,
    key: CompileKey,
    guard: sync::PlaceholderGuard<
        'a,
        CompileKey,
        Entry,
        EntryWeighter,
        DefaultHashBuilder,
        sync::DefaultLifecycle<CompileKey, Entry>,
    >,
}

#[derive(Debug, Clone)]
struct EntryWeighter;

impl Weighter<CompileKey, Entry> for EntryWeighter {
    fn weight(&self, _: &CompileKey, entry: &Entry) -> u64 {
        match entry {
            Entry::Compiled(compiled) => compiled.weight(),
            Entry::Nothing => ENTRY_OVERHEAD,
        }
    }
}

impl CompileCache {
    /// An empty one.
    #[allow(
        clippy::missing_panics_doc,
        reason = "both capacities are given, which is all that can be missing"
    )]
    pub fn new(settings: CompileCacheSettings) -> Self {
        describe_metrics();
        // One shard: there are as many users as slots, and a part of many parts could not take what is large.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(EXPECTED_ENTRIES)
            .weight_capacity(settings.total.get())
            .build()
            .expect("both capacities are given");
        let entries = EntryCache::with_options(
            options,
            EntryWeighter,
            DefaultHashBuilder::default(),
            sync::DefaultLifecycle::default(),
        );
        Self { entries: Arc::new(entries), max_entry: settings.max_entry }
    }

    /// Looks the key up; waits while another task compiles it.
    pub(crate) async fn find(&self, key: CompileKey) -> CacheLookup<'_> {
        let lookup = match self.entries.get_value_or_guard_async(&key).await {
            Ok(Entry::Compiled(compiled)) => CacheLookup::Compiled(compiled),
            Ok(Entry::Nothing) => CacheLookup::NotCacheable,
            Err(guard) => CacheLookup::Missing(PendingEntry { cache: self, key, guard }),
        };
        let result = if matches!(lookup, CacheLookup::Compiled(_)) { "hit" } else { "miss" };
        metrics::counter!("coderunner_compile_cache_lookups_total", "result" => result).increment(1);
        lookup
    }

    fn update_gauge(&self) {
        // Exact below 2⁵³ bytes.
        #[allow(clippy::cast_precision_loss)]
        metrics::gauge!("coderunner_compile_cache_bytes").set(self.entries.weight() as f64);
    }
}

fn describe_metrics() {
    metrics::describe_counter!(
        "coderunner_compile_cache_lookups_total",
        "Compilations that were looked for in the cache: hit (not compiled again) or miss."
    );
    metrics::describe_gauge!(
        "coderunner_compile_cache_bytes",
        metrics::Unit::Bytes,
        "What the cache of compilations takes."
    );
}

impl PendingEntry<'_> {
    /// Files to collect for the cache: everything that the compiler left, or nothing.
    pub(crate) const fn files_to_collect(&self) -> Collect {
        Collect {
            selection: FileSelection::Changed,
            max_files: 1024,
            max_file_bytes: self.cache.max_entry,
            max_total_bytes: self.cache.max_entry,
            max_depth: 16,
        }
    }

    /// Keeps what came of it. What is not whole, or was not the compiler's own end, is not kept, and those who wait are
    /// told so.
    pub(crate) fn insert(self, outcome: &Outcome, collected: CollectedFiles) {
        let whole = collected.skipped.is_empty() && collected.more_skipped == 0;
        let compiled = CompileOutput { outcome: outcome.clone(), files: collected.files };
        if !whole || !is_cacheable(outcome) || compiled.weight() > self.cache.max_entry.get() {
            return self.decline();
        }
        let _pushed_out_already = self.guard.insert(Entry::Compiled(Arc::new(compiled)));
        self.cache.update_gauge();
    }

    /// Tells those who wait that there is nothing to keep.
    pub(crate) fn decline(self) {
        let _pushed_out_already = self.guard.insert(Entry::Nothing);
        self.cache.entries.remove_if(&self.key, |entry| matches!(entry, Entry::Nothing));
    }
}

/// Whether another compilation would end the same way: only if this one ended by itself.
pub(crate) const fn is_cacheable(outcome: &Outcome) -> bool {
    matches!(outcome.ending, Ending::Exited(_))
}

impl CompileOutput {
    fn weight(&self) -> u64 {
        let files = self.files.iter().map(|file| file.name.len() + file.content.len());
        ENTRY_OVERHEAD + self.outcome.transcript.all_output().len() as u64 + files.sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use model::{Transcript, Usage};

    use super::*;

    fn cache(total: Bytes, each: Bytes) -> CompileCache {
        CompileCache::new(CompileCacheSettings { total, max_entry: each })
    }

    fn default_cache() -> CompileCache {
        cache(Bytes::mib(1), Bytes::kib(64))
    }

    fn key(number: u8) -> CompileKey {
        CompileKey::of_test(number)
    }

    fn outcome(ending: Ending) -> Outcome {
        let usage = Usage::default();
        let transcript = Transcript::default();
        Outcome {
            ending,
            forbidden_call: None,
            usage,
            transcript,
            stdout_truncated: false,
            stderr_truncated: false,
        }
    }

    fn output(bytes: usize) -> CollectedFiles {
        CollectedFiles {
            files: vec![SandboxFile::plain("main", vec![7; bytes])],
            ..CollectedFiles::default()
        }
    }

    async fn place(cache: &CompileCache, number: u8) -> PendingEntry<'_> {
        match cache.find(key(number)).await {
            CacheLookup::Missing(place) => place,
            CacheLookup::Compiled(_) | CacheLookup::NotCacheable => panic!("{number} is there"),
        }
    }

    async fn is_kept(cache: &CompileCache, number: u8) -> bool {
        matches!(cache.find(key(number)).await, CacheLookup::Compiled(_))
    }

    async fn check(ending: Ending, collected: CollectedFiles, entries: bool) {
        let cache = default_cache();
        place(&cache, 1).await.insert(&outcome(ending), collected);
        assert_eq!(is_kept(&cache, 1).await, entries, "{ending:?}");
    }

    #[tokio::test]
    async fn what_was_compiled_is_found_by_its_key_alone() {
        let cache = default_cache();
        place(&cache, 1).await.insert(&outcome(Ending::Exited(0)), output(100));
        let CacheLookup::Compiled(compiled) = cache.find(key(1)).await else { panic!("it was kept") };
        assert_eq!(compiled.files, output(100).files);
        assert!(!is_kept(&cache, 2).await);
    }

    #[tokio::test]
    async fn compilers_that_ended_by_themselves_are_believed_and_no_others() {
        check(Ending::Exited(0), output(1), true).await;
        check(Ending::Exited(1), CollectedFiles::default(), true).await;
        for ending in [Ending::CpuLimit, Ending::MemoryLimit, Ending::Cancelled, Ending::Signalled(9)] {
            check(ending, output(1), false).await;
        }
    }

    #[tokio::test]
    async fn what_is_not_whole_or_too_large_is_not_kept() {
        let large = || output(Bytes::kib(64).as_usize());
        check(Ending::Exited(0), large(), false).await;
        check(Ending::Exited(0), CollectedFiles { more_skipped: 1, ..output(1) }, false).await;
    }

    #[tokio::test]
    async fn it_never_takes_more_than_it_may() {
        let cache = cache(Bytes::kib(256), Bytes::kib(64));
        for number in 0..100 {
            place(&cache, number).await.insert(&outcome(Ending::Exited(0)), output(30_000));
            assert!(cache.entries.weight() <= Bytes::kib(256).get());
        }
        assert!(cache.entries.len() >= 4, "{}", cache.entries.len());
    }

    /// Outcome of the first of several concurrent compilations.
    #[derive(Clone, Copy)]
    enum FirstCompilation {
        Keeps,
        GivesUp,
        KeepsNothing,
    }

    /// Eight ask at once. Returns how many compile.
    async fn eight_at_once(first: FirstCompilation) -> u32 {
        let (cache, compiled) = (default_cache(), Arc::new(AtomicU32::new(0)));
        let ask = |cache: CompileCache, compiled: Arc<AtomicU32>| async move {
            let place = match cache.find(key(1)).await {
                CacheLookup::Compiled(_) => return,
                CacheLookup::NotCacheable => None,
                CacheLookup::Missing(place) => Some(place),
            };
            let is_first = compiled.fetch_add(1, Ordering::Relaxed) == 0;
            tokio::time::sleep(Duration::from_millis(20)).await;
            match (place, first) {
                (None, _) => {}
                (Some(place), FirstCompilation::GivesUp) if is_first => drop(place),
                (Some(place), FirstCompilation::KeepsNothing) if is_first => place.decline(),
                (Some(place), _) => place.insert(&outcome(Ending::Exited(0)), output(1)),
            }
        };
        let all: Vec<_> = (0..8).map(|_| tokio::spawn(ask(cache.clone(), compiled.clone()))).collect();
        for one in all {
            one.await.expect("no panic");
        }
        compiled.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn of_many_at_once_one_compiles() {
        assert_eq!(eight_at_once(FirstCompilation::Keeps).await, 1);
    }

    #[tokio::test]
    async fn when_the_first_gives_up_one_other_takes_its_place() {
        assert_eq!(eight_at_once(FirstCompilation::GivesUp).await, 2);
    }

    #[tokio::test]
    async fn an_uncacheable_compilation_delays_no_other() {
        assert_eq!(eight_at_once(FirstCompilation::KeepsNothing).await, 8);
    }
}

//! Database files: programs lock them in the usual way.

mod common;

use model::{Ending, Limits, Stream};
use sandbox::{DiskQuota, Program, SandboxFile};
use tokio_util::sync::CancellationToken;

/// Two processes write one database in turns, for so long that their locks are counted, and a third reads it meanwhile.
const CODE: &str = r#"
import os, sqlite3, sys, time
def connect():
    database = sqlite3.connect("/box/data.db", timeout=20, isolation_level=None)
    return database
database = connect()
print(database.execute(f"PRAGMA journal_mode={sys.argv[1]}").fetchone()[0])
database.execute("CREATE TABLE numbers (writer, number)")
database.close()
def write(writer):
    database = connect()
    database.execute("PRAGMA synchronous=OFF")
    for number in range(300):
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO numbers VALUES (?, ?)", (writer, number))
        database.execute("ROLLBACK" if number % 10 == 9 else "COMMIT")
children = []
for writer in range(2):
    child = os.fork()
    if child == 0:
        write(writer)
        os._exit(0)
    children.append(child)
database = connect()
while database.execute("SELECT count(*) FROM numbers").fetchone()[0] < 100: time.sleep(0.001)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
print(database.execute("SELECT writer, count(*), max(number) FROM numbers GROUP BY writer").fetchall())
print(database.execute("PRAGMA integrity_check").fetchone()[0])
"#;

async fn check(journal: &str) {
    let pool = common::pool(None).await;
    let argv = ["/usr/bin/python3", "-I", "main", journal].map(str::to_owned).into();
    let program = Program::new(argv, vec![], Limits::STUDENT);
    let lease = pool.lease(None, common::MEMORY).await.expect("a lease");
    let files = [SandboxFile::plain("main", CODE)];
    let mut sandbox = lease.open(&files, DiskQuota::STANDARD).expect("a sandbox");
    let outcome = sandbox.run(&program, &CancellationToken::new(), &mut |_, _| {}).await.expect("a run");
    pool.take_back(sandbox.finish());
    assert_eq!(outcome.ending, Ending::Exited(0), "{outcome:?}");
    let said = String::from_utf8(outcome.transcript.of(Stream::Stdout)).expect("text");
    assert_eq!(said, format!("{journal}\n[0, 0]\n[(0, 270, 298), (1, 270, 298)]\nok\n"));
}

#[tokio::test]
async fn sqlite_writes_from_several_processes_with_a_rollback_journal() {
    check("delete").await;
}

#[tokio::test]
async fn sqlite_writes_from_several_processes_with_a_write_ahead_log() {
    check("wal").await;
}

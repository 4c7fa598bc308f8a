use kernel::cgroup::Layout;
use languages::{ENVIRONMENT, Registry, SystemHost, Warmup};
use model::{Bytes, Limits, Stream};
use sandbox::{
    Ahead, LauncherCommand, Origin, Pool, PoolSettings, Prestart, Program, SandboxFile, Space, Warm,
};
use std::{
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
const CODE: &str = "import sys\n\ndef main():\n    data = sys.stdin.read().split()\n    n = int(data[0])\n    print(sum(int(x) for x in data[1:n + 1]))\n\nmain()\n";
const STDIN: &[u8] = b"5\n1 2 3 4 5\n";
fn prestart() -> Prestart {
    let registry = Registry::builtin(&SystemHost::new()).unwrap();
    let language = registry.find("python").unwrap();
    let waiting = language.prestart().unwrap();
    Prestart {
        name: "python".into(),
        argv: waiting.argv,
        env: waiting.env,
        hooks: vec![waiting.hook],
        least_memory: waiting.least_memory,
        origin: if language.warmup == Warmup::Fork { Origin::Forked } else { Origin::Started },
    }
}
fn bare(program: &str, args: &[&str], n: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..n {
        let mut child = Command::new(program)
            .args(args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(STDIN).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success());
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(n)
}
async fn rounds(pool: &Pool, files: &[SandboxFile], program: &Program, n: u32) -> (f64, f64) {
    let lease = pool.lease(program.ahead.as_ref().map(|a| a.prestart.as_str())).await.unwrap();
    let mut sandbox = lease.open(files, Space::STANDARD).unwrap();
    let start = Instant::now();
    let mut cpu = 0.0;
    for i in 0..n {
        if i > 0 {
            sandbox.start_over(files, Space::STANDARD).unwrap();
        }
        let outcome = sandbox.run(program, &CancellationToken::new(), &mut |_, _| {}).await.unwrap();
        assert!(outcome.is_success(), "{outcome:?}");
        assert_eq!(outcome.transcript.of(Stream::Stdout), b"15\n");
        cpu += outcome.usage.cpu.as_secs_f64();
    }
    let took = start.elapsed().as_secs_f64() * 1e3 / f64::from(n);
    pool.take_back(sandbox.finish());
    (took, cpu * 1e3 / f64::from(n))
}
#[tokio::main]
async fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    let reps: u32 = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(3);
    std::fs::write("/tmp/rounds_main.py", CODE).unwrap();
    std::fs::write("/tmp/rounds_main.cpp", "#include <iostream>\nint main(){int n;std::cin>>n;long s=0;while(n--){int x;std::cin>>x;s+=x;}std::cout<<s<<\"\\n\";}").unwrap();
    assert!(
        Command::new("g++")
            .args(["-O2", "-o", "/tmp/rounds_main", "/tmp/rounds_main.cpp"])
            .status()
            .unwrap()
            .success()
    );
    let settings = PoolSettings {
        slots: 1,
        warm: vec![Warm { prestart: Some(prestart()), count: 1 }],
        first_id: PoolSettings::DEFAULT_FIRST_ID + 500_000_000 / 1000,
        folders: vec![],
        launcher: LauncherCommand {
            program: std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("launcher"),
            args: vec![],
        },
        cgroups: Layout::of_this_process(),
    };
    let pool = Pool::start(settings).await.unwrap();
    let limits = Limits { memory: Bytes::mib(256), ..Limits::STUDENT };
    let env: Vec<_> = ENVIRONMENT.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect();
    let py = Program {
        stdin: STDIN.to_vec().into(),
        ahead: Some(Ahead { prestart: "python".into(), args: vec![] }),
        ..Program::new(vec!["/usr/bin/python3".into(), "main.py".into()], env.clone(), limits)
    };
    let pyfiles = [SandboxFile::plain("main.py", CODE)];
    let cpp = Program { stdin: STDIN.to_vec().into(), ..Program::new(vec!["/box/main".into()], env, limits) };
    let cppfiles = [SandboxFile {
        name: "main".into(),
        executable: true,
        content: std::fs::read("/tmp/rounds_main").unwrap(),
    }];
    for _ in 0..reps {
        if which != "cpp" {
            let b = bare("/usr/bin/python3", &["/tmp/rounds_main.py"], 40);
            let (r, cpu) = rounds(&pool, &pyfiles, &py, 100).await;
            println!("python bare {b:.2} rounds {r:.2} cpu {cpu:.2}  x{:.2}", b / r);
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        if which != "python" {
            let b = bare("/tmp/rounds_main", &[], 100);
            let (r, cpu) = rounds(&pool, &cppfiles, &cpp, 100).await;
            println!("cpp bare {b:.2} rounds {r:.2} cpu {cpu:.2}  x{:.2}", r / b);
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}

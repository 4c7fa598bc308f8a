//! Kernel files of a guest: which entries of `/proc` it sees and can change.

mod common;

use sandbox::SandboxFile;

/// Output of a Python program in a sandbox of its own.
async fn python_output(code: &str) -> String {
    let pool = common::pool(None).await;
    let lease = pool.lease(None, common::MEMORY).await.expect("a lease");
    let file = SandboxFile::plain("main", code);
    common::run_and_read_output(&pool, lease, &["/usr/bin/python3", "-I", "main"], file).await
}

#[tokio::test]
async fn entries_of_proc_that_are_the_hosts_are_empty() {
    let files = "buddyinfo cmdline config.gz diskstats interrupts kallsyms kcore key-users keys kmsg latency_stats locks modules \
                 mtrr sched_debug schedstat slabinfo softirqs sysrq-trigger timer_list timer_stats vmallocinfo vmstat zoneinfo";
    let folders = "acpi asound fs irq pressure scsi";
    let code = format!(
        "import os\n\
         for name in '{files}'.split():\n  path = '/proc/' + name\n  \
           if os.path.exists(path) and open(path, 'rb').read(1): print(name, 'can be read')\n\
         for name in '{folders}'.split():\n  path = '/proc/' + name\n  \
           if os.path.exists(path) and os.listdir(path): print(name, 'can be listed')\n\
         print('looked at', os.path.exists('/proc/keys'))"
    );
    assert_eq!(python_output(&code).await, "looked at True\n");
}

#[tokio::test]
async fn what_is_left_of_proc_that_is_no_processs_is_known() {
    // Files that runtimes read, and files for root only. Files of newer kernels must be examined, and covered or listed.
    let known = "bus cgroups consoles cpuinfo crypto devices dma driver execdomains filesystems iomem ioports \
                 kpagecgroup kpagecount kpageflags loadavg mdstat meminfo misc mounts net pagetypeinfo partitions \
                 self stat swaps sys sysvipc thread-self tty uptime version version_signature dynamic_debug \
                 allocinfo bootconfig fb";
    let code = format!(
        "import os\ncovered = {{line.split()[4] for line in open('/proc/self/mountinfo')}}\n\
         names = [n for n in os.listdir('/proc') if not n.isdigit() and '/proc/' + n not in covered]\n\
         print(sorted(set(names) - set('{known}'.split())))"
    );
    // `sys` is a mount of its own.
    assert_eq!(python_output(&code).await, "[]\n");
}

#[tokio::test]
async fn settings_of_the_kernel_are_on_a_read_only_mount() {
    let code = "import errno, os\nfound = set()\n\
                for folder, _, names in os.walk('/proc/sys'):\n  for name in names:\n    try: os.close(os.open(folder + '/' + name, os.O_WRONLY))\n    \
                except OSError as error: found.add(errno.errorcode[error.errno])\n    else: print(folder, name)\n\
                print(found <= {'EROFS', 'EACCES'}, 'EROFS' in found)\n\
                print([line.split()[5].split(',')[0] for line in open('/proc/self/mountinfo') if line.split()[4] == '/proc/sys'])";
    assert_eq!(python_output(code).await, "True True\n['ro']\n");
}

#[tokio::test]
async fn there_is_no_sys_and_no_device_but_the_harmless() {
    let code = "import os\nprint(os.path.exists('/sys'), *sorted(os.listdir('/dev')))\n\
                kinds = {line.split(' - ')[1].split()[0] for line in open('/proc/self/mountinfo')}\n\
                print(kinds & set('sysfs cgroup cgroup2 debugfs tracefs securityfs bpf configfs efivarfs mqueue devpts'.split()))";
    let expected = "False fd full null ptmx pts random shm stderr stdin stdout tty urandom zero\nset()\n";
    assert_eq!(python_output(code).await, expected);
}

#[tokio::test]
async fn of_processes_a_guest_sees_its_own_and_nothing_of_init() {
    let code = "import os\nprint([p for p in os.listdir('/proc') if p.isdigit()] == [str(os.getpid())])\n\
                for name in ('environ', 'maps', 'root', 'fd', 'mem', 'status'):\n  \
                try: os.stat('/proc/1/' + name); print(name)\n  except FileNotFoundError: pass\n\
                try: os.readlink('/proc/self/exe'); print(os.readlink('/proc/self/exe').startswith('/usr/bin/python'))\n\
                except OSError: print('no exe')";
    assert_eq!(python_output(code).await, "True\nTrue\n");
}

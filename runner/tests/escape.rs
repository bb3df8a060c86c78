//! What a job can't reach. Needs bubblewrap; some cases need root, as the runner then is.

mod support;

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;
use std::time::Duration;

use domain::sandbox::protocol::{Info, JobState, SandboxView, SkipReason, StepExit};
use support::{LIMITS, Runner, SECRET, step, text_of};

#[test]
fn a_job_sees_nothing_of_the_host() {
    let state = tempfile::tempdir().unwrap();
    let secret_file = state.path().join("host-secret");
    std::fs::write(&secret_file, "of the host").unwrap();
    let runner = Runner::start(state.path());
    let path = secret_file.display();
    let parent = state.path().display();
    // Each by itself: one that fails must not hide another that doesn't.
    let files = [
        format!("cat {path}"),
        format!("ls {parent}"),
        "cat /etc/shadow".to_owned(),
        "cat /etc/hostname".to_owned(),
        "cat /etc/machine-id".to_owned(),
        "ls /root".to_owned(),
        "ls /home/*".to_owned(),
        "cat /var/lib/dpkg/status".to_owned(),
        "ls /run/dbus /run/user /run/lock".to_owned(),
        "ls /sys/kernel /sys/class".to_owned(),
        "ls /boot".to_owned(),
        "ls /work".to_owned(),
        "cat /proc/1/environ".to_owned(),
        "cat /proc/kcore".to_owned(),
        "ls /proc/1/root/".to_owned(),
        "ls /proc/1/cwd/".to_owned(),
        "dmesg".to_owned(),
    ];
    for (number, command) in files.iter().enumerate() {
        let (exit, text, _) = runner.one(&format!("file{number}"), LIMITS, command);
        assert_ne!(exit, StepExit::Code { code: 0 }, "{command}: {text}");
        assert!(!text.contains("of the host"), "{command}: {text}");
    }
    for (id, command) in [
        ("write", "echo x > /usr/x || echo x > /etc/x || echo x > /opt/runner/runner".to_owned()),
        ("init", "cat /proc/1/mem /proc/1/maps; ls /proc/1/fd/".to_owned()),
        ("trace", "kill -9 1; kill -STOP 1; kill -0 1 && sleep 0.1; false".to_owned()),
        ("userns", "unshare -U true".to_owned()),
        ("mount", "mount -t tmpfs none /mnt || umount /proc".to_owned()),
        ("device", "mknod d b 8 0 || cat /dev/vda /dev/sda /dev/mem".to_owned()),
    ] {
        let (exit, text, _) = runner.one(id, LIMITS, &command);
        assert_ne!(exit, StepExit::Code { code: 0 }, "{id}: {text}");
        assert!(!text.contains("of the host"), "{id}: {text}");
    }
    let look = "env | sort; echo --; cat /proc/*/cmdline /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; \
                cat /etc/passwd; hostname; ls /; ls /proc | grep -c '^[0-9]'; \
                grep -E 'Cap(Eff|Prm|Bnd)|NoNewPrivs' /proc/self/status";
    let (exit, text, _) = runner.one("look", LIMITS, look);
    assert_eq!(exit, StepExit::Code { code: 0 }, "{text}");
    for forbidden in [SECRET, "of the host", "HOST_ONLY_VARIABLE", "postgres", "--state"] {
        assert!(!text.contains(forbidden), "{forbidden}: {text}");
    }
    let environment: Vec<&str> = text.lines().take_while(|line| *line != "--").collect();
    assert_eq!(
        environment,
        [
            "CI=true",
            "HOME=/sandbox/home",
            "LANG=C.UTF-8",
            "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            "PWD=/sandbox/work",
            "TMPDIR=/sandbox/tmp",
        ],
        "the whole environment, exactly"
    );
    let count: u32 = text.lines().find_map(|line| line.parse().ok()).expect("a count");
    assert!((2..=8).contains(&count), "init, the shell and what it just started: {count}");
    assert!(text.contains("CapEff:\t0000000000000000"), "{text}");
    assert!(text.contains("NoNewPrivs:\t1"), "{text}");
}

#[test]
fn there_is_no_network_but_the_jail_s_own_loopback() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let port = runner.address.rsplit(':').next().unwrap().to_owned();
    let command = format!(
        "cat /proc/net/dev | tail -n +3 | cut -d: -f1; perl -MIO::Socket::INET -e 'for \
         (\"127.0.0.1:{port}\", \"1.1.1.1:53\", \"169.254.169.254:80\") {{ \
         exit 0 if IO::Socket::INET->new(PeerAddr => $_, Timeout => 1) }} exit 5'"
    );
    let (exit, text, _) = runner.one("net", LIMITS, &command);
    assert_eq!(exit, StepExit::Code { code: 5 }, "{text}");
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["lo"]);
}

#[test]
fn nothing_outlives_its_step_or_its_sandbox() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("daemons", LIMITS);
    let daemon = "setsid sh -c '(trap \"\" TERM HUP; while :; do echo alive >> $HOME/beat; sleep \
                  0.05; done) &' >/dev/null 2>&1; sleep 0.3; test -s $HOME/beat";
    let gone = "cp $HOME/beat a; sleep 0.4; cmp a $HOME/beat && ls -d /proc/[0-9]* | wc -l";
    runner.begin("daemons", vec![step(daemon), step(gone)], &[]);
    let page = runner.follow("daemons", Duration::from_secs(10));
    let exits: Vec<_> = runner.results("daemons").steps.iter().map(|s| s.exit).collect();
    assert_eq!(exits, [StepExit::Code { code: 0 }; 2], "{}", text_of(&page, None));
}

#[test]
fn artifacts_are_regular_files_of_the_work_directory() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("files", LIMITS);
    let make = "mkdir -p o/deep; echo kept > o/deep/kept.txt; ln -s /etc/passwd o/link; \
                ln -s /etc o/dir; mkfifo o/pipe; head -c 1000 /dev/zero > o/'a b'; \
                i=0; while [ $i -lt 250 ]; do echo $i > o/n$i; i=$((i+1)); done";
    runner.begin("files", vec![step(make)], &["o/**"]);
    runner.follow("files", Duration::from_secs(20));
    let results = runner.results("files");
    let paths: Vec<&str> = results.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths.len(), 201, "two hundred and the diff");
    assert_eq!(&paths[..3], ["changes.diff", "o/a b", "o/deep/kept.txt"]);
    let reason = |path: &str| {
        results.skipped_files.iter().find(|file| file.path == path).map(|file| file.reason)
    };
    assert_eq!(reason("o/link"), Some(SkipReason::Symlink));
    assert_eq!(reason("o/dir"), Some(SkipReason::Symlink));
    assert_eq!(reason("o/pipe"), Some(SkipReason::NotRegular));
    assert_eq!(
        results.skipped_files.iter().filter(|f| f.reason == SkipReason::TooMany).count(),
        52
    );
    let kept = &results.files[2];
    let answer =
        runner.raw("GET", &format!("/v1/sandboxes/files/files/{}", kept.sha256), SECRET, b"");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"kept\n".as_slice()));
    let none = "0".repeat(64);
    let answer = runner.raw("GET", &format!("/v1/sandboxes/files/files/{none}"), SECRET, b"");
    assert_eq!((answer.status, answer.code().as_str()), (404, "unknown_file"));
}

#[test]
fn a_sandbox_sees_neither_files_nor_processes_of_another_that_lives() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let mark = format!("secret-of-one-{}", runner.pid());
    runner.ready("one", LIMITS);
    let hide = format!(
        "echo {mark} | tee secret $HOME/secret $TMPDIR/secret /dev/shm/secret > /dev/null; \
         chmod 777 secret $HOME $TMPDIR; echo hidden; exec sh -c 'sleep 30 # {mark}'"
    );
    runner.begin("one", vec![step(&hide)], &[]);
    while !text_of(&runner.page("one", 0, 500), None).contains("hidden") {}
    let search = "find / -xdev -name 's*cret' 2>/dev/null; find /dev/shm /sandbox /run /tmp /var \
                  -name 's*cret' 2>/dev/null; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ \
                  2>/dev/null | tr '\\0' '\\n'; grep -rs 'secret.of.one' /sandbox /dev/shm /run; \
                  kill -9 -1; true";
    let (_, text, _) = runner.one("two", LIMITS, search);
    assert!(!text.contains("/secret") && !text.contains(&mark), "{text}");
    // The first one lives through all of that.
    let view: SandboxView = runner.get("/v1/sandboxes/one");
    assert_eq!(view.job, JobState::Running { step: 0 });
    let info: Info = runner.get("/v1/info");
    if info.own_uid {
        assert!(user_of(&mark).is_some_and(|uid| uid >= 61_000), "it runs as the host's root");
    }
}

/// The user, as the host sees it, of a process with this word in its command line.
fn user_of(word: &str) -> Option<u32> {
    std::fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        let uid = uids.split_whitespace().next()?.parse().ok()?;
        String::from_utf8_lossy(&line).contains(word).then_some(uid)
    })
}

#[test]
fn sockets_of_the_host_and_ipv6_are_out_of_reach() {
    let state = tempfile::tempdir().unwrap();
    let socket = state.path().join("host.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let abstract_name = format!("host-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&abstract_name);
    let _abstract = std::os::unix::net::UnixListener::bind_addr(&address.unwrap()).unwrap();
    let v6 = std::net::TcpListener::bind("[::1]:0");
    let v6_port = v6.as_ref().map_or(9, |listener| listener.local_addr().unwrap().port());
    if v6.is_err() {
        println!("this machine has no IPv6 loopback: only its absence in the jail is seen");
    }
    let runner = Runner::start(state.path());
    let unix = format!(
        "perl -MIO::Socket::UNIX -e 'exit 0 if IO::Socket::UNIX->new(Peer => \"{}\"); exit 0 if \
         IO::Socket::UNIX->new(Peer => \"\\0{abstract_name}\"); exit 6'",
        socket.display()
    );
    let (exit, text, _) = runner.one("unix", LIMITS, &unix);
    assert_eq!(exit, StepExit::Code { code: 6 }, "{text}");
    let inet6 = format!(
        "perl -MIO::Socket::IP -e 'for my $to ([\"::1\", {v6_port}], [\"2001:4860:4860::8888\", 53]) \
         {{ exit 0 if IO::Socket::IP->new(PeerHost => $to->[0], PeerPort => $to->[1], Timeout => 1) \
         }} exit 6'"
    );
    let (exit, text, _) = runner.one("inet6", LIMITS, &inet6);
    assert_eq!(exit, StepExit::Code { code: 6 }, "{text}");
}

#[test]
fn a_command_may_wait_for_its_children_by_signal() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let (_, text, _) = runner.one("mask", LIMITS, "grep SigBlk /proc/self/status");
    assert_eq!(text, "SigBlk:\t0000000000000000\n");
}

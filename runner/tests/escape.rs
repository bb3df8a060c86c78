//! What a job can't reach. Needs bubblewrap; some cases need root, as the runner then is.

mod support;

use std::time::Duration;

use domain::sandbox::protocol::{SkipReason, StepExit};
use support::{LIMITS, Runner, SECRET, step, text_of};

#[test]
fn a_job_sees_nothing_of_the_host() {
    let state = tempfile::tempdir().unwrap();
    let secret_file = state.path().join("host-secret");
    std::fs::write(&secret_file, "of the host").unwrap();
    let runner = Runner::start(state.path());
    let path = secret_file.display();
    for (id, command) in [
        ("file", format!("cat {path} /etc/shadow /root/.bashrc /proc/1/environ")),
        ("other", "cat /sandbox/../other/* /var/lib/dpkg/status".to_owned()),
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
    let look = "env; cat /proc/*/cmdline /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; \
                cat /etc/passwd; hostname; ls /; ls /proc | grep -c '^[0-9]'; \
                grep -E 'Cap(Eff|Prm|Bnd)|NoNewPrivs' /proc/self/status";
    let (exit, text, _) = runner.one("look", LIMITS, look);
    assert_eq!(exit, StepExit::Code { code: 0 }, "{text}");
    for forbidden in [SECRET, "of the host", "HOST_ONLY_VARIABLE", "postgres", "--state"] {
        assert!(!text.contains(forbidden), "{forbidden}: {text}");
    }
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

//! Sources: what is taken, and every way in which one is refused. Needs bubblewrap and git.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use domain::sandbox::protocol::{Job, Limits, Revision, SandboxView, SkipReason, SourceState};
use flate2::{Compression, write::GzEncoder};
use support::{LIMITS, Runner, SECRET, check, outcome_of, raw_entry, step, tar, text_of};
use tar::EntryType;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn git(directory: &Path, line: &str) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"])
        .args(line.split(' '))
        .current_dir(directory)
        .status()
        .unwrap();
    assert!(status.success(), "git {line}");
}

fn bundle(prepare: impl FnOnce(&Path)) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    git(path, "init -q .");
    std::fs::write(path.join("file.txt"), "one\n").unwrap();
    prepare(path);
    git(path, "add -A");
    git(path, "commit -qm first");
    git(path, "bundle create -q b HEAD main");
    std::fs::read(path.join("b")).unwrap()
}

#[test]
fn sources_that_mean_harm_or_nothing_are_refused_and_touch_nothing() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let bomb = {
        let mut builder = tar::Builder::new(vec![]);
        let mut header = tar::Header::new_ustar();
        header.set_size(60 << 20);
        header.set_mode(0o644);
        let zeros = std::io::Read::take(std::io::repeat(0), 60 << 20);
        builder.append_data(&mut header, "zeros", zeros).unwrap();
        gzip(&builder.into_inner().unwrap())
    };
    let through_link = {
        let mut first = raw_entry("way", EntryType::Symlink, "/tmp");
        first.truncate(first.len() - 1024);
        [first, tar(&[("way/file", "x")])].concat()
    };
    let damaged = {
        let t = tar(&[("a", "x"), ("b", &"y".repeat(5000))]);
        t[..2600].to_vec()
    };
    let outside = bundle(|path| std::os::unix::fs::symlink("/etc/passwd", path.join("l")).unwrap());
    let cut = {
        let whole = bundle(|_| {});
        whole[..whole.len() - 40].to_vec()
    };
    for (number, (kind, bytes, reason)) in [
        ("tar", vec![], "empty"),
        ("tar", b"this is no archive at all".repeat(100), "not_an_archive"),
        ("tar", b"PK\x03\x04zip".repeat(300), "not_an_archive"),
        ("tar", tar(&[]), "empty"),
        ("tar", raw_entry("../up", EntryType::Regular, ""), "path_leaves_tree"),
        ("tar", raw_entry("/etc/x", EntryType::Regular, ""), "path_leaves_tree"),
        ("tar", raw_entry("l", EntryType::Symlink, "/etc/passwd"), "link_leaves_tree"),
        ("tar", raw_entry("l", EntryType::Symlink, "a/../../x"), "link_leaves_tree"),
        ("tar", raw_entry("l", EntryType::Link, "/etc/passwd"), "link_leaves_tree"),
        ("tar", raw_entry("l", EntryType::Link, "../x"), "link_leaves_tree"),
        ("tar", through_link, "link_leaves_tree"),
        ("tar", raw_entry("d", EntryType::Block, ""), "forbidden_entry"),
        ("tar", raw_entry("p", EntryType::Fifo, ""), "forbidden_entry"),
        ("tar", damaged, "unreadable"),
        ("tar", bomb, "expands_past_limit"),
        ("bundle", tar(&[("a", "x")]), "not_an_archive"),
        ("bundle", b"# v2 git bundle\n\n".to_vec(), "empty"),
        ("bundle", cut, "unreadable"),
        ("bundle", outside, "link_leaves_tree"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("bad{number}");
        runner.provision(&id, LIMITS);
        let answer = runner.send_source(&id, kind, &bytes);
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 422, "{number} {reason}: {body}");
        let value: serde_json::Value = answer.json();
        assert_eq!(value["code"], "source_rejected", "{number}: {body}");
        assert_eq!(value["reason"], reason, "{number}: {body}");
        runner.delete(&id);
    }
    runner.provision("large", LIMITS);
    let answer = runner.send_source("large", "tar", &vec![0; (25 << 20) + 1]);
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    assert_eq!(runner.send_source("large", "zip", b"x").code(), "invalid_request");
}

#[test]
fn a_bundle_is_checked_out_and_the_diff_is_against_it_whatever_the_job_did_to_git() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let bytes = bundle(|path| {
        std::fs::write(path.join(".gitmodules"), "[submodule \"s\"]\npath=s\nurl=/etc\n").unwrap();
        std::fs::write(path.join(".gitattributes"), "* filter=evil diff=evil\n").unwrap();
        std::fs::write(path.join("old.txt"), "old\n").unwrap();
    });
    runner.provision("b", LIMITS);
    assert_eq!(runner.send_source("b", "bundle", &bytes).status, 200);
    assert_eq!(runner.send_source("b", "bundle", &bytes).status, 200, "the same again");
    assert_eq!(runner.send_source("b", "tar", b"x").code(), "source_exists");
    let evil = "echo two >> file.txt; rm old.txt; printf '\\000\\377' > bin; \
                git config core.fsmonitor 'touch /sandbox/work/ran'; \
                git config filter.evil.clean 'touch /sandbox/work/ran; cat'; \
                git config diff.external 'touch /sandbox/work/ran'; \
                printf '#!/bin/sh\\ntouch /sandbox/work/ran' > .git/hooks/pre-commit; \
                rm -rf .git/objects .git/refs";
    runner.begin("b", vec![step("git log --oneline && mkdir -p .git/hooks"), step(evil)], &[]);
    let page = runner.follow("b", Duration::from_secs(20));
    let results = runner.results("b");
    let Revision::Produced { diff_sha256, diff_bytes, .. } = &results.revision else {
        panic!("{:?}: {}", results.revision, text_of(&page, None))
    };
    let path = format!("/v1/sandboxes/b/files/{diff_sha256}");
    let diff = runner.raw("GET", &path, SECRET, b"").body;
    assert_eq!(diff.len() as u64, *diff_bytes);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("b"), &bytes).unwrap();
    git(directory.path(), "clone -q b tree");
    std::fs::write(directory.path().join("d"), &diff).unwrap();
    let tree = directory.path().join("tree");
    git(&tree, "apply --binary ../d");
    assert_eq!(std::fs::read_to_string(tree.join("file.txt")).unwrap(), "one\ntwo\n");
    assert_eq!(std::fs::read(tree.join("bin")).unwrap(), b"\0\xff");
    assert!(!tree.join("old.txt").exists());
    assert!(!tree.join("ran").exists(), "nothing of the job's settings ran");
}

#[test]
fn a_gzip_tar_is_a_base_of_its_own_and_its_git_directory_is_left_out() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.provision("t", LIMITS);
    let bytes = gzip(&tar(&[("a/b", "x\n"), (".git/config", "[core]\nfsmonitor=touch ran\n")]));
    assert_eq!(runner.send_source("t", "tar", &bytes).status, 200);
    runner.begin("t", vec![step("git status --short; cat a/b; ! grep -q touch .git/config")], &[]);
    let page = runner.follow("t", Duration::from_secs(20));
    assert_eq!(outcome_of(&page), domain::sandbox::protocol::Outcome::Succeeded);
    assert_eq!(text_of(&page, None), "x\n");
    let Revision::Produced { diff_bytes, .. } = runner.results("t").revision else {
        panic!("unavailable")
    };
    assert_eq!(diff_bytes, 0, "nothing changed");
}

/// What a sandbox's diff says.
fn diff_of(runner: &Runner, id: &str) -> String {
    let Revision::Produced { diff_sha256, .. } = runner.results(id).revision else {
        panic!("{:?}", runner.results(id).revision)
    };
    let path = format!("/v1/sandboxes/{id}/files/{diff_sha256}");
    String::from_utf8_lossy(&runner.raw("GET", &path, SECRET, b"").body).into_owned()
}

#[test]
fn a_job_cannot_keep_a_change_out_of_its_diff() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let bytes = bundle(|path| {
        std::fs::write(path.join(".gitignore"), "built/\n").unwrap();
        std::fs::write(path.join("old.txt"), "old\n").unwrap();
    });
    // What commands may write beside their own place: everything that a comparison could trust.
    let plant = "for d in /run/runner/base /run/runner/*; do
                   git init -q --template= $d 2>/dev/null || continue
                   mkdir -p $d/.git/info
                   echo '* filter=evil -diff' > $d/.git/info/attributes
                   echo '*' > $d/.git/info/exclude
                   git -C $d config filter.evil.clean 'git -C /sandbox/work show HEAD:file.txt'
                   git -C $d config core.worktree /sandbox/home
                   chmod -R a-w $d; chmod 000 $d/.git/info
                 done; exit 0";
    let change = "echo two >> file.txt; echo '*' > .gitignore; printf '* -text ident\\n' > \
                  .gitattributes; echo new > new.txt; mkdir built closed; echo x > built/x; \
                  echo y > closed/y; chmod 000 closed old.txt; git init -q nested; \
                  echo hidden > nested/hidden.txt; printf 'crlf\\r\\n' > crlf.txt";
    runner.provision("forge", LIMITS);
    assert_eq!(runner.send_source("forge", "bundle", &bytes).status, 200);
    runner.begin("forge", vec![step(plant), step(change)], &[]);
    runner.follow("forge", Duration::from_secs(20));
    let diff = diff_of(&runner, "forge");
    for seen in ["+two", "+new", "+y", "b/nested/hidden.txt", "b/.gitignore", "+crlf\r"] {
        assert!(diff.contains(seen), "{seen}: {diff}");
    }
    assert!(!diff.contains("built/x"), "what the source ignores stays ignored: {diff}");
    assert!(!diff.contains("a/old.txt"), "a closed file is unchanged: {diff}");
}

#[test]
fn the_diff_is_taken_after_the_steps_and_before_the_checks() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("order", LIMITS);
    let steps = vec![
        step("echo changed >> README"),
        check("grep -q changed README && echo report > report.xml && echo hello > README"),
        check("test -e report.xml"),
    ];
    runner.begin("order", steps, &["*.xml"]);
    let page = runner.follow("order", Duration::from_secs(20));
    let results = runner.results("order");
    assert!(results.steps.iter().all(|s| s.exit == support::code(0)), "{}", text_of(&page, None));
    let diff = diff_of(&runner, "order");
    assert!(diff.contains("+changed"), "a check can't take the change back: {diff}");
    assert!(!diff.contains("report.xml"), "what a check writes is no part of it: {diff}");
    let paths: Vec<_> = results.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["changes.diff", "report.xml"], "and is kept all the same");
}

#[test]
fn an_archive_of_fifty_thousand_entries_is_taken_in_bounded_time() {
    // Catalogue case 66.
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let names: Vec<String> = (0..50_000).map(|n| format!("d{}/f{n}", n % 100)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let limits = Limits { memory_bytes: 512 << 20, disk_bytes: 512 << 20, ..LIMITS };
    runner.provision("many", limits);
    let began = std::time::Instant::now();
    let answer = runner.send_source("many", "tar", &gzip(&tar(&files)));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    wait_unpacked(&runner, "many");
    runner.begin("many", vec![step("find d* -name 'f*' | wc -l; echo x > d0/f0")], &["**"]);
    let page = runner.follow("many", Duration::from_secs(60));
    assert_eq!(text_of(&page, None).trim(), "50000");
    let results = runner.results("many");
    assert_eq!(results.files.len(), 201, "two hundred and the diff");
    assert!(
        results.skipped_more > 0 || results.capture_incomplete,
        "and it says that there are more"
    );
    assert!(diff_of(&runner, "many").contains("+x"));
    assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
}

/// Waits until a large source is unpacked.
fn wait_unpacked(runner: &Runner, id: &str) {
    for _ in 0..300 {
        let view: SandboxView = runner.get(&format!("/v1/sandboxes/{id}"));
        if view.source != SourceState::Unpacking {
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("still unpacking");
}

#[test]
fn reports_are_kept_before_artifacts_whatever_matches_those() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("first", LIMITS);
    let command = "i=0; while [ $i -lt 250 ]; do echo $i > a$i; i=$((i+1)); done; mkdir z; \
                   echo r > z/report.xml; printf x > \"$(printf 'a\\033b')\"";
    let job = Job {
        job_id: "job".to_owned(),
        steps: vec![step(command)],
        artifacts: vec!["**".to_owned()],
        reports: vec!["**/*.xml".to_owned()],
        ..Job::default()
    };
    assert_eq!(runner.call("POST", "/v1/sandboxes/first/job", &job).status, 200);
    runner.follow("first", Duration::from_secs(20));
    let results = runner.results("first");
    assert!(results.files.iter().any(|file| file.path == "z/report.xml"));
    let bad = results.skipped_files.iter().find(|file| file.path == "ab");
    assert_eq!(bad.map(|file| file.reason), Some(SkipReason::BadName), "a name with an escape");
}

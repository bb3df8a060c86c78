//! Sources: what is taken, and every way in which one is refused. Needs bubblewrap and git.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use domain::sandbox::protocol::Revision;
use flate2::{Compression, write::GzEncoder};
use support::{LIMITS, Runner, SECRET, outcome_of, raw_entry, step, tar, text_of};
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

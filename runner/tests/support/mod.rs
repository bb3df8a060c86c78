//! A real runner on a free port, and as much HTTP as it takes to talk to it.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use domain::sandbox::protocol::{
    Job, JobState, JobStep, Limits, Outcome, OutputPage, OutputStream, Phase, Results, Role,
    SandboxView, StepExit,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub const SECRET: &str = "a-secret-of-this-test-that-is-long-enough";

pub const LIMITS: Limits = Limits {
    wall_ms: 20_000,
    cpu_ms: 10_000,
    memory_bytes: 128 << 20,
    processes: 64,
    file_bytes: 16 << 20,
    disk_bytes: 32 << 20,
    output_bytes: 1 << 20,
};

/// A runner that ends with this value, and with this process whatever happens.
pub struct Runner {
    child: Child,
    _stdin: Option<ChildStdin>,
    pub address: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn code(&self) -> String {
        let value: serde_json::Value = self.json();
        value["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Runner {
    pub fn start(state: &Path) -> Self {
        Self::start_with(state, &[])
    }

    /// Started as an ordinary user; none where the kernel lets those make no namespaces.
    pub fn start_as_nobody(state: &Path) -> Option<Self> {
        const NOBODY: u32 = 65_534;
        let may = Command::new("bwrap")
            .args(["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"])
            .uid(NOBODY)
            .gid(NOBODY)
            .stderr(Stdio::null())
            .status();
        // Without root this process is an ordinary user already.
        let is_root = nix_is_root();
        if is_root && !may.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        if is_root {
            // The binary may lie where nobody else may look.
            let binary = state.join("runner");
            std::fs::copy(env!("CARGO_BIN_EXE_runner"), &binary).expect("copy");
            std::os::unix::fs::chown(state, Some(NOBODY), Some(NOBODY)).expect("chown");
            command = Command::new(binary);
            command.uid(NOBODY).gid(NOBODY);
        }
        Some(Self::spawn(command, state, &[]))
    }

    pub fn start_with(state: &Path, more: &[&str]) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_runner")), state, more)
    }

    fn spawn(mut command: Command, state: &Path, more: &[&str]) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--stdin-guard", "--state"])
            .arg(state)
            .args(more)
            .env("RUNNER_SECRET", SECRET)
            .env("HOST_ONLY_VARIABLE", "of the host")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the runner starts");
        let stdin = child.stdin.take();
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("a line when it is ready");
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("the runner didn't start; its reason, in plain words, is above")
        });
        let address = ready["address"].as_str().expect("an address").to_owned();
        Self { child, _stdin: stdin, address }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }

    pub fn raw(&self, method: &str, path: &str, secret: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("connect");
        stream.set_read_timeout(Some(Duration::from_secs(40))).expect("timeout");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: runner\r\nconnection: close\r\nauthorization: \
             Bearer {secret}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("send");
        // A body that is refused half way is answered before all of it is taken.
        let _ = stream.write_all(body);
        let mut bytes = vec![];
        let _ = stream.read_to_end(&mut bytes);
        let split = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a whole head");
        let status = String::from_utf8_lossy(&bytes[9..12]).parse().expect("a status");
        Answer { status, body: bytes[split + 4..].to_vec() }
    }

    pub fn call(&self, method: &str, path: &str, body: &impl Serialize) -> Answer {
        self.raw(method, path, SECRET, &serde_json::to_vec(body).expect("json"))
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.raw("GET", path, SECRET, b"");
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub fn provision(&self, id: &str, limits: Limits) {
        let body = serde_json::json!({ "limits": limits });
        let answer = self.call("PUT", &format!("/v1/sandboxes/{id}"), &body);
        let view: SandboxView = answer.json();
        assert_eq!(view.phase, Phase::Ready, "{view:?}");
    }

    pub fn send_source(&self, id: &str, kind: &str, bytes: &[u8]) -> Answer {
        self.raw("PUT", &format!("/v1/sandboxes/{id}/source?kind={kind}"), SECRET, bytes)
    }

    pub fn begin(&self, id: &str, steps: Vec<JobStep>, artifacts: &[&str]) {
        let artifacts = artifacts.iter().map(|p| (*p).to_owned()).collect();
        let job = Job { job_id: "job".to_owned(), steps, artifacts, ..Job::default() };
        let answer = self.call("POST", &format!("/v1/sandboxes/{id}/job"), &job);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// A sandbox with a small source, ready for a job.
    pub fn ready(&self, id: &str, limits: Limits) {
        self.provision(id, limits);
        let answer = self.send_source(id, "tar", &tar(&[("README", "hello\n")]));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    pub fn page(&self, id: &str, after: u64, wait_ms: u64) -> OutputPage {
        let query = format!("after={after}&wait_ms={wait_ms}&max_bytes=4000000");
        self.get(&format!("/v1/sandboxes/{id}/output?{query}"))
    }

    /// Waits for the job's end; everything it printed.
    pub fn follow(&self, id: &str, at_most: Duration) -> OutputPage {
        let began = Instant::now();
        let mut all = self.page(id, 0, 0);
        loop {
            let page = self.page(id, all.next, 1000);
            all.frames.extend(page.frames);
            (all.next, all.last) = (page.next, page.last);
            all.job = page.job;
            let ended = matches!(all.job, JobState::Finished { .. } | JobState::Interrupted { .. });
            if ended && all.next == all.last {
                return all;
            }
            assert!(began.elapsed() < at_most, "the job goes on: {:?}", all.job);
        }
    }

    pub fn results(&self, id: &str) -> Results {
        self.get(&format!("/v1/sandboxes/{id}/results"))
    }

    /// Runs one command in a new sandbox; its end, its output and its results.
    pub fn one(&self, id: &str, limits: Limits, command: &str) -> (StepExit, String, Results) {
        self.ready(id, limits);
        self.begin(id, vec![step(command)], &[]);
        let page = self.follow(id, Duration::from_secs(30));
        let results = self.results(id);
        let text = text_of(&page, None);
        self.delete(id);
        (results.steps[0].exit, text, results)
    }

    pub fn delete(&self, id: &str) {
        let answer = self.raw("DELETE", &format!("/v1/sandboxes/{id}"), SECRET, b"");
        assert_eq!(answer.status, 204);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Its own end: jails, control groups and files go with it. One that has ended already
        // has no process id to signal any more.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
            let _ = self.child.wait();
        }
    }
}

pub fn step(command: &str) -> JobStep {
    let (name, command) = ("it".to_owned(), command.to_owned());
    JobStep { name, command, role: Role::Step, timeout_ms: None }
}

pub fn check(command: &str) -> JobStep {
    JobStep { role: Role::Check, ..step(command) }
}

/// What was printed, by one stream or by the command as a whole.
pub fn text_of(page: &OutputPage, stream: Option<OutputStream>) -> String {
    let wanted = |s: OutputStream| stream.map_or(s != OutputStream::System, |want| want == s);
    let frames = page.frames.iter().filter(|frame| wanted(frame.stream));
    frames.map(|frame| format!("{}\n", frame.text)).collect()
}

pub fn outcome_of(page: &OutputPage) -> Outcome {
    match page.job {
        JobState::Finished { outcome } => outcome,
        ref other => panic!("not finished: {other:?}"),
    }
}

pub fn code(code: i32) -> StepExit {
    StepExit::Code { code }
}

fn nix_is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        uid.and_then(|ids| ids.split_whitespace().next()) == Some("0")
    })
}

/// A tar archive of regular files.
pub fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).expect("append");
    }
    builder.into_inner().expect("archive")
}

/// One entry with a name and a kind that a well-behaved program wouldn't write.
pub fn raw_entry(name: &str, kind: tar::EntryType, target: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_mode(0o644);
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
    header.set_cksum();
    let mut builder = tar::Builder::new(vec![]);
    builder.append(&header, &[][..]).expect("append");
    builder.into_inner().expect("archive")
}

//! One line when a step starts, one when it is done, and a sign of life in between.

use std::{
    io::Write,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::Result;

/// How often a step that takes long says so.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Runs a step and tells how long it took.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    println!("\x1b[2m→\x1b[0m {name}");
    let (done, wait) = mpsc::channel::<()>();
    let label = name.to_owned();
    let watcher = thread::spawn(move || {
        while wait.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
            println!("\x1b[2m  … still at it: {label} ({})\x1b[0m", seconds(started));
            let _ = std::io::stdout().flush();
        }
    });
    let result = work();
    drop(done);
    let _ = watcher.join();
    match &result {
        Ok(_) => println!("\x1b[32m✓\x1b[0m {name} \x1b[2m{}\x1b[0m", seconds(started)),
        Err(_) => println!("\x1b[31m✗\x1b[0m {name} \x1b[2m{}\x1b[0m", seconds(started)),
    }
    result
}

fn seconds(started: Instant) -> String {
    format!("{:.1} s", started.elapsed().as_secs_f64())
}

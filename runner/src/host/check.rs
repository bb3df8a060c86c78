//! Whether what callers send is acceptable.

use domain::sandbox::protocol::{
    Job, JobStep, Limits, MAX_COMMAND_BYTES, MAX_PATTERNS, MAX_STEPS, Role,
};

use super::Refused;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const DAY_MS: u64 = 24 * 3_600_000;
const MAX_NAME_CHARS: usize = 200;
const MAX_PATTERN_BYTES: usize = 500;

pub(super) fn check_id(what: &str, id: &str) -> Result<(), Refused> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if (1..=64).contains(&id.len()) && id.bytes().all(is_word) {
        return Ok(());
    }
    Err(Refused::invalid(format!("{what} must be 1 to 64 letters, digits, _ or -")))
}

pub(super) fn check_limits(limits: &Limits) -> Result<(), Refused> {
    for (name, value, least, most) in [
        ("wall_ms", limits.wall_ms, 1000, DAY_MS),
        ("cpu_ms", limits.cpu_ms, 1000, DAY_MS),
        ("memory_bytes", limits.memory_bytes, 32 * MIB, 64 * GIB),
        ("processes", u64::from(limits.processes), 16, 4096),
        ("file_bytes", limits.file_bytes, MIB, 64 * GIB),
        ("disk_bytes", limits.disk_bytes, 8 * MIB, 64 * GIB),
        ("output_bytes", limits.output_bytes, 1024, 256 * MIB),
    ] {
        if !(least..=most).contains(&value) {
            return Err(Refused::invalid(format!("{name} must be from {least} to {most}")));
        }
    }
    Ok(())
}

pub(super) fn check_job(job: &Job) -> Result<(), Refused> {
    check_id("job_id", &job.job_id)?;
    if !(1..=MAX_STEPS).contains(&job.steps.len()) {
        return Err(Refused::invalid(format!("a job has 1 to {MAX_STEPS} steps and checks")));
    }
    job.steps.iter().try_for_each(check_step)?;
    let first_check = job.steps.iter().position(|step| step.role == Role::Check);
    let last_step = job.steps.iter().rposition(|step| step.role == Role::Step);
    if matches!((first_check, last_step), (Some(check), Some(step)) if check < step) {
        return Err(Refused::invalid("steps come before checks"));
    }
    if job.artifacts.len().max(job.reports.len()) > MAX_PATTERNS {
        return Err(Refused::invalid(format!("a job has at most {MAX_PATTERNS} patterns")));
    }
    job.artifacts.iter().chain(&job.reports).try_for_each(|pattern| check_pattern(pattern))
}

fn check_step(step: &JobStep) -> Result<(), Refused> {
    if step.name.chars().count() > MAX_NAME_CHARS || step.name.chars().any(char::is_control) {
        return Err(Refused::invalid("a step's name has at most 200 characters, none of control"));
    }
    let length = step.command.len();
    if step.command.trim().is_empty() || length > MAX_COMMAND_BYTES || step.command.contains('\0') {
        return Err(Refused::invalid(format!(
            "a command has 1 to {MAX_COMMAND_BYTES} bytes, none of them zero"
        )));
    }
    if step.timeout_ms.is_some_and(|ms| !(1..=DAY_MS).contains(&ms)) {
        return Err(Refused::invalid(format!("timeout_ms must be from 1 to {DAY_MS}")));
    }
    Ok(())
}

fn check_pattern(pattern: &str) -> Result<(), Refused> {
    let leaves = pattern.starts_with('/') || pattern.split('/').any(|part| part == "..");
    if pattern.is_empty() || pattern.len() > MAX_PATTERN_BYTES || leaves {
        return Err(Refused::invalid(
            "an artifact pattern is relative, stays below the work directory and has 1 to 500 bytes",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, command: &str, role: Role) -> JobStep {
        JobStep { name: name.to_owned(), command: command.to_owned(), role, timeout_ms: None }
    }

    fn job(steps: Vec<JobStep>, artifacts: &[&str]) -> Job {
        let artifacts = artifacts.iter().map(|pattern| (*pattern).to_owned()).collect();
        Job { job_id: "j".to_owned(), steps, artifacts, reports: vec![], keep_going: false }
    }

    #[test]
    fn jobs_that_make_no_sense_are_refused() {
        let good = || vec![step("a", "true", Role::Step), step("b", "true", Role::Check)];
        assert!(check_job(&job(good(), &["**/*.xml"])).is_ok());
        assert!(check_job(&job(vec![], &[])).is_err(), "nothing to do");
        let swapped = good().into_iter().rev().collect();
        assert!(check_job(&job(swapped, &[])).is_err(), "a check before a step");
        for bad in ["", "/etc/*", "../x", "a/../../b"] {
            assert!(check_job(&job(good(), &[bad])).is_err(), "{bad}");
        }
        for bad in ["", "   ", "a\0b"] {
            assert!(check_job(&job(vec![step("a", bad, Role::Step)], &[])).is_err(), "{bad:?}");
        }
        let long = "x".repeat(MAX_COMMAND_BYTES + 1);
        assert!(check_job(&job(vec![step("a", &long, Role::Step)], &[])).is_err());
    }

    #[test]
    fn ids_are_plain_words() {
        assert!(check_id("id", "01JABC_x-9").is_ok());
        for bad in ["", "..", "a/b", "a b", "ü", &"x".repeat(65)] {
            assert!(check_id("id", bad).is_err(), "{bad}");
        }
    }
}

//! Whether what callers send is acceptable.

use domain::sandbox::protocol::{
    Exec, Job, JobStep, Limits, MAX_COMMAND_BYTES, MAX_PATTERNS, MAX_STEPS, MAX_VALUE_BYTES,
    MAX_VARIABLES, MIN_SECRET_BYTES, Role,
};

use super::Refused;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const DAY_MS: u64 = 24 * 3_600_000;
const MAX_NAME_CHARS: usize = 200;
const MAX_PATTERN_BYTES: usize = 500;
const MAX_VARIABLE_NAME: usize = 64;

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
    check_environment(job)?;
    if job.artifacts.len().max(job.reports.len()) > MAX_PATTERNS {
        return Err(Refused::invalid(format!("a job has at most {MAX_PATTERNS} patterns")));
    }
    job.artifacts.iter().chain(&job.reports).try_for_each(|pattern| check_pattern(pattern))
}

pub(super) fn check_exec(exec: &Exec) -> Result<(), Refused> {
    check_id("exec_id", &exec.exec_id)?;
    check_step(&step_of(exec))
}

/// A single command as a step.
pub(super) fn step_of(exec: &Exec) -> JobStep {
    JobStep {
        name: exec.exec_id.clone(),
        command: exec.command.clone(),
        role: Role::Step,
        timeout_ms: Some(exec.timeout_ms),
    }
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

/// What the variables are is never part of a refusal, not even of one that is a mistake.
fn check_environment(job: &Job) -> Result<(), Refused> {
    if job.environment.len().max(job.secrets.len()) > MAX_VARIABLES {
        return Err(Refused::invalid(format!("a job has at most {MAX_VARIABLES} variables")));
    }
    let secrets = job.secrets.iter().map(|secret| &secret.name);
    let mut names: Vec<&String> = job.environment.iter().map(|v| &v.name).chain(secrets).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    if names.len() < count || !names.iter().all(|name| is_free_name(name)) {
        return Err(Refused::invalid(
            "a variable's name is 1 to 64 of A to Z, 0 to 9 and _, given once, and not the runner's",
        ));
    }
    let is_plain = |value: &str| value.len() <= MAX_VALUE_BYTES && !value.contains('\0');
    let is_masked = |value: &str| {
        (MIN_SECRET_BYTES..=MAX_VALUE_BYTES).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if job.environment.iter().all(|variable| is_plain(&variable.value))
        && job.secrets.iter().all(|secret| is_masked(&secret.value))
    {
        return Ok(());
    }
    Err(Refused::invalid(format!(
        "a variable has at most {MAX_VALUE_BYTES} bytes, a secret {MIN_SECRET_BYTES} visible ones \
         at least"
    )))
}

/// Whether a job may set a variable of this name.
fn is_free_name(name: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let is_runners = ["PATH", "HOME", "TMPDIR", "LANG", "CI", "PWD", "IFS", "ENV"].contains(&name);
    (1..=MAX_VARIABLE_NAME).contains(&name.len())
        && name.bytes().all(is_word)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.starts_with("LD_")
        && !is_runners
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
    use domain::sandbox::protocol::{Secret, Variable};

    use super::*;

    fn step(name: &str, command: &str, role: Role) -> JobStep {
        JobStep { name: name.to_owned(), command: command.to_owned(), role, timeout_ms: None }
    }

    fn job(steps: Vec<JobStep>, artifacts: &[&str]) -> Job {
        let artifacts = artifacts.iter().map(|pattern| (*pattern).to_owned()).collect();
        Job { job_id: "j".to_owned(), steps, artifacts, ..Job::default() }
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
    fn variables_are_bounded_and_a_secret_that_could_not_be_masked_is_refused() {
        let with = |name: &str, value: &str| {
            let secret = Secret { name: name.to_owned(), value: value.to_owned() };
            Job { secrets: vec![secret], ..job(vec![step("a", "true", Role::Step)], &[]) }
        };
        assert!(check_job(&with("TOKEN", "12345678")).is_ok());
        assert!(check_job(&with("TOKEN", &"x".repeat(MAX_VALUE_BYTES))).is_ok());
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        for bad in ["", "1234567", "with a space", "two\nlines", "umlaut-ä", "\0zero-zero", &long]
        {
            let Err(refused) = check_job(&with("TOKEN", bad)) else { panic!("{bad}") };
            assert!(bad.is_empty() || !refused.0.message.contains(bad), "the refusal tells it");
        }
        let long = "X".repeat(65);
        for bad in ["", "PATH", "HOME", "LD_PRELOAD", "lower", "A=B", "1A", "A B", "Ä", &long] {
            assert!(check_job(&with(bad, "12345678")).is_err(), "{bad}");
        }
        let mut twice = with("TOKEN", "12345678");
        twice.environment.push(Variable { name: "TOKEN".to_owned(), value: String::new() });
        assert!(check_job(&twice).is_err(), "one name, two values");
        let mut many = with("TOKEN", "12345678");
        many.environment = (0..=MAX_VARIABLES)
            .map(|n| Variable { name: format!("V{n}"), value: String::new() })
            .collect();
        assert!(check_job(&many).is_err(), "too many");
        let shown = format!("{:?}", with("TOKEN", "12345678"));
        assert!(shown.contains("TOKEN") && !shown.contains("12345678"), "{shown}");
    }

    #[test]
    fn ids_are_plain_words() {
        assert!(check_id("id", "01JABC_x-9").is_ok());
        for bad in ["", "..", "a/b", "a b", "ü", &"x".repeat(65)] {
            assert!(check_id("id", bad).is_err(), "{bad}");
        }
    }
}

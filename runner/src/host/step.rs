//! Executing one command in a jail, and ending it when it needs more than it may.

use std::sync::Arc;

use domain::sandbox::protocol::{
    JailLoss, JobStep, Limit, Limits, OutputStream, Role, Secret, StepExit, StepResult, Variable,
};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep_until};

use super::job::Shared;
use super::keeper::died;
use super::lines::Lines;
use super::mask::Mask;
use super::sandbox::{Sandbox, Stop};
use crate::jail::Jail;
use crate::jail::cgroup::Counts;
use crate::jail::wire::{Bounds, Order, Report, Told};

/// How long processes have between SIGTERM and SIGKILL when a job is cancelled.
const GRACE: Duration = Duration::from_millis(800);
/// How long a jail has to report an end after SIGKILL when a job is cancelled.
const KILL_TIME: Duration = Duration::from_millis(800);
/// How long it has when nobody waits for the stop: a busy host takes its time over a fork bomb, and a
/// jail that is given up loses what it left.
const PATIENCE: Duration = Duration::from_secs(8);
/// A command's streams, in the order in which they are kept.
const STREAMS: [OutputStream; 2] = [OutputStream::Stdout, OutputStream::Stderr];
/// The signal of a file that would become too large.
const SIGXFSZ: i32 = 25;
/// What a shell makes of that signal.
const SHELL_XFSZ: i32 = 128 + SIGXFSZ;

/// How a command's execution ended.
pub(super) enum StepEnd {
    /// The command ended or was ended.
    Ended(StepResult),
    /// The jail is gone.
    JailGone(JailLoss),
}

/// Why a command is being ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Cancelled,
    TimedOut,
    Limit(Limit),
}

/// A command that executes.
struct Execution<'a> {
    sandbox: &'a Sandbox,
    limits: Limits,
    index: u32,
    lines: [Lines; 2],
    masks: [Mask; 2],
    began: Instant,
    before: Counts,
    dropped_before: u64,
    cpu_before_ms: u64,
    /// What the jail itself reports: the only measure where no control group is.
    reported_cpu_ms: Option<(u64, u64)>,
    max_rss_bytes: u64,
    ending: Option<Ending>,
    /// When SIGKILL follows.
    kill_at: Option<Instant>,
    /// When the jail is given up.
    give_up_at: Option<Instant>,
}

/// How the process itself ended.
struct Exited {
    code: Option<i32>,
    signal: Option<i32>,
    disk_full: bool,
}

/// Runs a command; its output is that of step number `index`.
pub(super) async fn run(
    shared: &Shared<'_>,
    jail: &mut Jail,
    index: u32,
    step: &JobStep,
) -> StepEnd {
    let mut execution = Execution::new(shared, jail, index);
    let bounds = execution.bounds(shared);
    let environment = environment(shared, step.role);
    if jail.order(&Order::Run { command: step.command.clone(), bounds, environment }).await.is_err()
    {
        return StepEnd::JailGone(died("its first process ended"));
    }
    match execution.follow(shared, jail, step).await {
        Ok(exited) => StepEnd::Ended(execution.result(step, jail, &exited)),
        Err(loss) => {
            // What it printed last, without a line end, is the most telling.
            execution.finish_lines();
            StepEnd::JailGone(loss)
        }
    }
}

/// What a command of this role is given: a gate judges what the steps left, it does nothing in their
/// name.
fn environment(shared: &Shared<'_>, role: Role) -> Vec<Secret> {
    if role == Role::Check {
        return vec![];
    }
    let open = shared.job.environment.iter().cloned();
    let open = open.map(|Variable { name, value }| Secret { name, value });
    open.chain(shared.secrets.iter().cloned()).collect()
}

impl<'a> Execution<'a> {
    fn new(shared: &Shared<'a>, jail: &Jail, index: u32) -> Self {
        Self {
            sandbox: shared.sandbox,
            limits: shared.sandbox.record().limits,
            index,
            lines: STREAMS.map(Lines::new),
            masks: STREAMS.map(|stream| Mask::new(Arc::clone(&shared.patterns), stream)),
            began: Instant::now(),
            before: jail.cgroup.counts(),
            dropped_before: shared.sandbox.output_counts().1,
            cpu_before_ms: shared.cpu_before_ms,
            reported_cpu_ms: None,
            max_rss_bytes: 0,
            ending: None,
            kill_at: None,
            give_up_at: None,
        }
    }

    fn bounds(&self, shared: &Shared<'_>) -> Bounds {
        let by_process = shared.maker.bounds_memory_by_process();
        let has_group = self.before.processes.is_some();
        Bounds {
            cpu_s: self.limits.cpu_ms.div_ceil(1000) + 1,
            file_bytes: self.limits.file_bytes,
            // A control group counts exactly and says when it refused; this is only its backstop.
            processes: u64::from(self.limits.processes) * if has_group { 2 } else { 1 },
            data_bytes: by_process.then_some(self.limits.memory_bytes),
        }
    }

    /// Takes in what the jail tells until the command ended.
    async fn follow(
        &mut self,
        shared: &Shared<'_>,
        jail: &mut Jail,
        step: &JobStep,
    ) -> Result<Exited, JailLoss> {
        let mut stop = self.sandbox.stop_wish();
        let own = step.timeout_ms.map(|ms| self.began + Duration::from_millis(ms));
        let own = own.filter(|own| *own < shared.deadline);
        let deadline = own.unwrap_or(shared.deadline);
        loop {
            let order = tokio::select! {
                biased;
                () = stopped(&mut stop), if self.ending != Some(Ending::Cancelled) => {
                    self.ending = self.ending.or(Some(Ending::Cancelled));
                    self.cancel()
                }
                () = sleep_until(deadline), if self.ending.is_none() => self.end(match own {
                    Some(_) => Ending::TimedOut,
                    None => Ending::Limit(Limit::Wall),
                }),
                () = at(self.kill_at), if self.kill_at.is_some() => self.kill(),
                () = at(self.give_up_at), if self.give_up_at.is_some() => {
                    return Err(died("it didn't react to being ended"));
                }
                told = jail.next() => match told {
                    None => return Err(died("its first process ended")),
                    Some(told) => match self.take(told, jail) {
                        Taken::Exited(exited) => return Ok(exited),
                        Taken::TooMuch(limit) if self.ending.is_none() => {
                            self.end(Ending::Limit(limit))
                        }
                        _ => continue,
                    },
                },
            };
            if jail.order(&order).await.is_err() {
                return Err(died("its first process ended"));
            }
        }
    }

    fn cancel(&mut self) -> Order {
        let now = Instant::now();
        match self.give_up_at {
            None => self.kill_at = Some(now + GRACE),
            Some(at) => self.give_up_at = Some(at.min(now + KILL_TIME)),
        }
        self.ending = Some(Ending::Cancelled);
        Order::Terminate
    }

    fn end(&mut self, ending: Ending) -> Order {
        self.ending = Some(ending);
        self.kill()
    }

    fn kill(&mut self) -> Order {
        let time = if self.ending == Some(Ending::Cancelled) { KILL_TIME } else { PATIENCE };
        self.kill_at = None;
        self.give_up_at = Some(Instant::now() + time);
        Order::Kill
    }

    fn take(&mut self, told: Told, jail: &Jail) -> Taken {
        match told {
            Told::Output { bytes, .. } if self.sandbox.drop_output(bytes.len()) => Taken::Nothing,
            Told::Output { is_stderr, bytes } => {
                let (mut pieces, from) = (vec![], usize::from(is_stderr));
                self.lines[from].push(&bytes, &mut pieces);
                self.sandbox.append(self.masks[from].pass(pieces), self.index);
                Taken::Nothing
            }
            Told::Report(Report::Usage { processes, rss_bytes, cpu_ms, disk }) => {
                self.max_rss_bytes = self.max_rss_bytes.max(rss_bytes);
                let first = self.reported_cpu_ms.map_or(cpu_ms, |(first, _)| first);
                self.reported_cpu_ms = Some((first, cpu_ms));
                self.sandbox.last_use(|used| {
                    (used.processes, used.rss_bytes, used.cpu_ms) = (processes, rss_bytes, cpu_ms);
                    used.peak_bytes = used.peak_bytes.max(rss_bytes);
                    used.disk_bytes = disk.used_bytes;
                });
                if rss_bytes > self.limits.memory_bytes {
                    Taken::TooMuch(Limit::Memory)
                } else if self.job_cpu_ms(jail.cgroup.counts(), cpu_ms) > self.limits.cpu_ms {
                    Taken::TooMuch(Limit::Cpu)
                } else {
                    Taken::Nothing
                }
            }
            Told::Report(Report::Exited { code, signal, max_rss_bytes, disk }) => {
                self.max_rss_bytes = self.max_rss_bytes.max(max_rss_bytes);
                self.sandbox.last_use(|used| {
                    (used.processes, used.rss_bytes) = (0, 0);
                    used.peak_bytes = used.peak_bytes.max(max_rss_bytes);
                    used.disk_bytes = disk.used_bytes;
                });
                Taken::Exited(Exited { code, signal, disk_full: disk.is_full })
            }
            Told::Report(Report::NotStarted { detail }) => {
                self.sandbox.say(detail, Some(self.index));
                Taken::Exited(Exited { code: Some(127), signal: None, disk_full: false })
            }
            _ => Taken::Nothing,
        }
    }

    /// Processor time of the whole job so far.
    fn job_cpu_ms(&self, counts: Counts, reported: u64) -> u64 {
        counts.cpu_ms.map_or(reported, |now| now.saturating_sub(self.cpu_before_ms))
    }

    /// Processor time of this step.
    fn cpu_ms(&self, after: Counts) -> u64 {
        match (self.before.cpu_ms, after.cpu_ms) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => self.reported_cpu_ms.map_or(0, |(first, last)| last.saturating_sub(first)),
        }
    }

    fn finish_lines(&mut self) {
        for (lines, mask) in self.lines.iter_mut().zip(&mut self.masks) {
            let mut pieces = vec![];
            lines.finish(&mut pieces);
            self.sandbox.append(mask.finish(pieces), self.index);
        }
    }

    fn result(mut self, step: &JobStep, jail: &Jail, exited: &Exited) -> StepResult {
        self.finish_lines();
        let after = jail.cgroup.counts();
        let exit = self.exit(exited, after);
        let mut limits_hit = vec![];
        for (is_hit, limit) in [
            (after.oom_kills > self.before.oom_kills, Limit::Memory),
            (after.forks_refused > self.before.forks_refused, Limit::Processes),
            (exited.disk_full, Limit::Disk),
            (self.sandbox.output_counts().1 > self.dropped_before, Limit::Output),
        ] {
            if is_hit && exit != (StepExit::Limit { limit }) {
                limits_hit.push(limit);
            }
        }
        if let Some(text) = describe(exit, &limits_hit) {
            self.sandbox.say(text, Some(self.index));
        }
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        StepResult {
            name: step.name.clone(),
            role: step.role,
            exit,
            limits_hit,
            duration_ms,
            cpu_ms: self.cpu_ms(after),
            max_rss_bytes: self.max_rss_bytes,
        }
    }

    fn exit(&self, exited: &Exited, after: Counts) -> StepExit {
        match self.ending {
            Some(Ending::Cancelled) => return StepExit::Cancelled,
            Some(Ending::TimedOut) => return StepExit::TimedOut,
            Some(Ending::Limit(limit)) => return StepExit::Limit { limit },
            None => {}
        }
        let reported = self.reported_cpu_ms.map_or(0, |(_, last)| last);
        let ended_badly = exited.code != Some(0);
        if exited.signal == Some(SIGXFSZ) || exited.code == Some(SHELL_XFSZ) {
            StepExit::Limit { limit: Limit::FileSize }
        } else if ended_badly && after.oom_kills > self.before.oom_kills {
            StepExit::Limit { limit: Limit::Memory }
        } else if ended_badly && self.job_cpu_ms(after, reported) > self.limits.cpu_ms {
            StepExit::Limit { limit: Limit::Cpu }
        } else {
            match (exited.code, exited.signal) {
                (Some(code), _) => StepExit::Code { code },
                (None, signal) => StepExit::Signal { signal: signal.unwrap_or(0) },
            }
        }
    }
}

/// What a frame of the jail's came to.
enum Taken {
    Nothing,
    TooMuch(Limit),
    Exited(Exited),
}

/// Waits until somebody wants the sandbox to end.
pub(super) async fn stopped(stop: &mut watch::Receiver<Stop>) {
    let _ = stop.wait_for(|stop| *stop != Stop::No).await;
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// A line of the log for an end that isn't plain success.
fn describe(exit: StepExit, limits_hit: &[Limit]) -> Option<String> {
    let mut text = match exit {
        StepExit::Code { code: 0 } | StepExit::Skipped if limits_hit.is_empty() => return None,
        StepExit::Code { code } => format!("exited with {code}"),
        StepExit::Signal { signal } => format!("ended by signal {signal}"),
        StepExit::TimedOut => "ended: it took longer than its time limit".to_owned(),
        StepExit::Limit { limit } => format!("ended: it passed the {} limit", name(limit)),
        StepExit::Cancelled => "ended: the job was cancelled".to_owned(),
        StepExit::Skipped => "skipped".to_owned(),
    };
    for limit in limits_hit {
        text.push_str(&format!("; it ran against the {} limit", name(*limit)));
    }
    Some(text)
}

fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::Wall => "time",
        Limit::Cpu => "processor time",
        Limit::Memory => "memory",
        Limit::Processes => "process",
        Limit::FileSize => "file size",
        Limit::Disk => "disk",
        Limit::Output => "output",
    }
}

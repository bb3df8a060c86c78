//! What the processes that this process can see use, from /proc. In a jail that is the whole
//! jail; without one it is the descendants of the jail's first process.

use std::collections::{HashMap, HashSet};
use std::fs;

/// Sums over processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Processes, the first one not counted.
    pub processes: u32,
    /// Private resident memory in bytes, the first process's not counted.
    pub rss_bytes: u64,
    /// Processor time in milliseconds, of ended and waited-for children too.
    pub cpu_ms: u64,
}

/// One line of /proc/PID/stat, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: i32,
    ticks: u64,
    threads: u32,
}

/// Linux reports processor time in hundredths of a second on every architecture it runs on.
const MS_PER_TICK: u64 = 10;
const PAGE_BYTES: u64 = 4096;

fn parse_stat(line: &str) -> Option<Stat> {
    // The second field is the command in parentheses and may hold anything, parentheses too.
    let (_, rest) = line.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        ticks,
        threads: u32::try_from(number(17)?).ok()?,
    })
}

fn parse_private_pages(statm: &str) -> Option<u64> {
    let mut fields = statm.split(' ').skip(1).map(str::parse::<u64>);
    let (resident, shared) = (fields.next()?.ok()?, fields.next()?.ok()?);
    Some(resident.saturating_sub(shared))
}

fn stats() -> HashMap<i32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| {
            let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parse_stat(&String::from_utf8_lossy(&line))?))
        })
        .collect()
}

/// Which of these are `root` or descend from it.
fn descendants(stats: &HashMap<i32, Stat>, root: i32) -> HashSet<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for (pid, stat) in stats {
        children.entry(stat.parent).or_default().push(*pid);
    }
    let mut found = HashSet::from([root]);
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        for child in children.get(&pid).into_iter().flatten() {
            if found.insert(*child) {
                open.push(*child);
            }
        }
    }
    found
}

/// The processes below `root`, itself not among them.
pub(crate) fn pids_below(root: i32) -> Vec<i32> {
    descendants(&stats(), root).into_iter().filter(|pid| *pid != root).collect()
}

/// What `root` and everything below it use.
pub(crate) fn sum_of(root: i32) -> Sum {
    let stats = stats();
    let mut sum = Sum::default();
    let mut ticks = 0;
    for pid in descendants(&stats, root) {
        let Some(stat) = stats.get(&pid) else { continue };
        ticks += stat.ticks;
        if pid != root {
            sum.processes += stat.threads.max(1);
            let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
            sum.rss_bytes += parse_private_pages(&statm).unwrap_or(0) * PAGE_BYTES;
        }
    }
    sum.cpu_ms = ticks * MS_PER_TICK;
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_process_name_cannot_shift_the_fields() {
        let name = "a) R 1 99999999 (b";
        let line = format!(
            "7 ({name}) S 3 7 7 0 -1 4194560 1 2 3 4 50 60 70 80 20 0 4 0 100 1000 10 18446 1"
        );
        assert_eq!(parse_stat(&line), Some(Stat { parent: 3, ticks: 260, threads: 4 }));
        assert_eq!(parse_stat("no stat"), None);
    }

    #[test]
    fn only_descendants_count() {
        let stat = |parent| Stat { parent, ticks: 0, threads: 1 };
        let stats = HashMap::from([(1, stat(0)), (5, stat(1)), (6, stat(5)), (9, stat(1))]);
        assert_eq!(descendants(&stats, 5), HashSet::from([5, 6]));
    }

    #[test]
    fn this_process_uses_something() {
        let own = i32::try_from(std::process::id()).unwrap();
        let sum = sum_of(own);
        assert!(pids_below(own).len() <= sum.processes as usize);
    }
}

//! What a page and the Worker may weigh, and what the tests measured on the way.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{Result, build, outcome::Outcome, paths, process, progress::step};

/// One figure against its budget.
struct Figure {
    name: String,
    value: f64,
    limit: f64,
    unit: String,
}

/// Measures what was built last, adds what the tests noted, prints the table.
pub fn run() -> Result<Outcome> {
    let mut figures = step("measure what was built", measure)?;
    figures.extend(noted()?);
    let mut outcome = Outcome::default();
    println!("\n{:<58} {:>10} {:>10}", "budget", "value", "limit");
    for Figure { name, value, limit, unit } in figures {
        let kept = value <= limit;
        let mark = if kept { "\x1b[32m✓\x1b[0m" } else { "\x1b[31m✗\x1b[0m" };
        println!("{mark} {name:<56} {value:>10.1} {limit:>10.1} {unit}");
        if kept {
            outcome.pass();
        } else {
            outcome.fail(&format!("budget: {name} is {value} {unit}, the limit is {limit}"));
        }
    }
    Ok(outcome)
}

fn measure() -> Result<Vec<Figure>> {
    let folder = build::assets_folder()?;
    let script = compressed(&folder.join("loader.js"))? + compressed(&folder.join("app.js"))?;
    let module = compressed(&folder.join("app_bg.wasm"))?;
    let style = compressed(&folder.join("main.css"))?;
    let worker = std::fs::metadata(build::worker_module())?.len();
    let kilobytes = |bytes: u64| bytes as f64 / 1000.0;
    let figure = |name: &str, value: f64, limit: f64, unit: &str| Figure {
        name: name.to_owned(),
        value,
        limit,
        unit: unit.to_owned(),
    };
    Ok(vec![
        figure("script and module of a page, brotli", kilobytes(script + module), 150.0, "kB"),
        figure("of that, script", kilobytes(script), 15.0, "kB"),
        figure("styles of a page, brotli", kilobytes(style), 30.0, "kB"),
        figure("the Worker's module, as it is", kilobytes(worker), 8_500.0, "kB"),
        figure("the Worker's active startup", startup()?, 200.0, "ms"),
    ])
}

/// The size that a browser downloads.
fn compressed(path: &Path) -> Result<u64> {
    struct Count(u64);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut input = File::open(path)
        .map_err(|error| format!("{}: {error}; cargo xtask build", path.display()))?;
    let mut count = Count(0);
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut input, &mut count, &parameters)?;
    Ok(count.0)
}

/// Milliseconds that workerd is busy until the Worker is ready: the profile's samples that aren't idle.
fn startup() -> Result<f64> {
    let profile = paths::at("dist/startup.cpuprofile");
    let mut check = process::npm_command("wrangler");
    // The container's image is of no interest here, and building it would need Docker.
    check.args(["check", "startup", "--args=--containers-rollout=none", "--outfile"]).arg(&profile);
    process::run(&mut check)?;
    active_milliseconds(&serde_json::from_slice(&std::fs::read(&profile)?)?)
        .ok_or_else(|| "wrangler's startup profile has another form than it had".into())
}

fn active_milliseconds(profile: &Value) -> Option<f64> {
    let nodes = profile.get("nodes")?.as_array()?;
    let idle: Vec<u64> = nodes
        .iter()
        .filter(|node| {
            let name = node.pointer("/callFrame/functionName").and_then(Value::as_str);
            matches!(name, Some("(idle)" | "(program)"))
        })
        .filter_map(|node| node.get("id")?.as_u64())
        .collect();
    let samples = profile.get("samples")?.as_array()?;
    let deltas = profile.get("timeDeltas")?.as_array()?;
    let active: f64 = samples
        .iter()
        .zip(deltas)
        .filter(|(sample, _)| sample.as_u64().is_some_and(|id| !idle.contains(&id)))
        .filter_map(|(_, delta)| delta.as_f64())
        .sum();
    Some(active / 1000.0)
}

/// Where tests note figures: lists of `{name, value, limit, unit}`, a file for each test.
fn figures() -> PathBuf {
    paths::at("end2end/.output/figures")
}

/// Forgets what earlier tests noted. Every run of the suite begins with this.
pub fn begin_figures() -> Result<PathBuf> {
    let _ = std::fs::remove_dir_all(figures());
    std::fs::create_dir_all(figures())?;
    Ok(figures())
}

fn noted() -> Result<Vec<Figure>> {
    let mut found = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(figures())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort();
    for path in files {
        let list: Vec<Value> = serde_json::from_slice(&std::fs::read(&path)?)?;
        for figure in list {
            let text = |key: &str| figure.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
            let number = |key: &str| figure.get(key).and_then(Value::as_f64);
            let (Some(value), Some(limit)) = (number("value"), number("limit")) else {
                return Err(format!("{}: a figure has no value or limit", path.display()).into());
            };
            found.push(Figure { name: text("name"), value, limit, unit: text("unit") });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::active_milliseconds;

    #[test]
    fn idle_time_is_not_active() {
        let profile = serde_json::json!({
            "nodes": [
                { "id": 1, "callFrame": { "functionName": "(idle)" } },
                { "id": 2, "callFrame": { "functionName": "start" } },
            ],
            "samples": [1, 2, 2],
            "timeDeltas": [5000, 1000, 500],
        });
        assert_eq!(active_milliseconds(&profile), Some(1.5));
        assert_eq!(active_milliseconds(&serde_json::json!({})), None);
    }
}
